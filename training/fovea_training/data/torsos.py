"""Label maps of whole torsos, at 3 mm: what CT of the abdomen is synthesised from, with the real image where there is
one.

Labels are TotalSegmentator's own (automatic) ones, and outlines of ours in one chest, whose dome of the liver and heart
are stacked on a torso that ends inside the liver. Arrays are (z, y, x) from feet to head, front to back, right to left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, auto
from pathlib import Path

import numpy as np
from matplotlib.path import Path as Outline
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.data import head_maps
from fovea_training.data.chests import data_directory
from fovea_training.data.dicom_series import SeriesError, read_series
from fovea_training.data.volume_files import read_volume

VOXEL_MM = 3.0


class Tissue(IntEnum):
    """What has an intensity of its own."""

    AIR = 0
    LUNG = auto()
    GAS = auto()
    FAT = auto()
    MUSCLE = auto()
    BONE = auto()
    LIVER = auto()
    SPLEEN = auto()
    KIDNEY = auto()
    GALLBLADDER = auto()
    STOMACH = auto()
    PANCREAS = auto()
    BOWEL = auto()
    HEART = auto()
    ARTERY = auto()
    VEIN = auto()
    PORTAL = auto()
    FLUID = auto()
    BRAIN = auto()


HOLLOW = (Tissue.STOMACH, Tissue.BOWEL)
GAS_HU, FAT_HU, BONE_HU = -200, -30, 150
"""Bounds between gas and fat, fat and soft tissue, soft tissue and bone, where no label says what a voxel is."""

# TotalSegmentator's numbers of its tasks `total` and `total_mr`.
CT_NUMBERS = {
    Tissue.SPLEEN: (1,), Tissue.KIDNEY: (2, 3, 8, 9), Tissue.GALLBLADDER: (4,), Tissue.LIVER: (5,),
    Tissue.STOMACH: (6, 15), Tissue.PANCREAS: (7,), Tissue.LUNG: (10, 11, 12, 13, 14, 16), Tissue.BOWEL: (18, 19, 20),
    Tissue.FLUID: (21, 23, 24, 79),
    Tissue.HEART: (51, 61), Tissue.ARTERY: (52, 54, 55, 56, 57, 58, 65, 66), Tissue.VEIN: (53, 59, 60, 62, 63, 67, 68),
    Tissue.PORTAL: (64,), Tissue.BRAIN: (90,), Tissue.MUSCLE: (17, 22, *range(80, 90)),
    Tissue.BONE: (*range(25, 51), *range(69, 79), *range(91, 118)),
}  # fmt: skip
MR_NUMBERS = {
    Tissue.SPLEEN: (1,), Tissue.KIDNEY: (2, 3, 8, 9), Tissue.GALLBLADDER: (4,), Tissue.LIVER: (5,),
    Tissue.STOMACH: (6, 12), Tissue.PANCREAS: (7,), Tissue.LUNG: (10, 11), Tissue.BOWEL: (13, 14, 15),
    Tissue.FLUID: (16, 21), Tissue.HEART: (22,), Tissue.ARTERY: (23, 26, 27), Tissue.VEIN: (24, 28, 29),
    Tissue.PORTAL: (25,),
    Tissue.MUSCLE: (17, *range(40, 50)), Tissue.BONE: (18, 19, 20, *range(30, 40)),
}  # fmt: skip
HEAD_TISSUES = {
    Tissue.BRAIN: head_maps.BRAIN, Tissue.BONE: (head_maps.Tissue.CORTICAL_BONE, head_maps.Tissue.CANCELLOUS_BONE),
    Tissue.VEIN: (head_maps.Tissue.VEIN,), Tissue.ARTERY: (head_maps.Tissue.ARTERY,),
    Tissue.FLUID: (head_maps.Tissue.EYE,),
}  # fmt: skip
"""The rest of a head is soft tissue."""


@dataclass(frozen=True)
class Torso:
    """A person's map, and the image it was made on if that is a CT."""

    name: str
    tissues: NDArray[np.uint8]
    hu: NDArray[np.float32] | None = None

    @property
    def has_liver(self) -> bool:
        return bool((self.tissues == Tissue.LIVER).any())


@dataclass(frozen=True)
class TorsoSource:
    """Where a map comes from, with the credit that its licence asks for."""

    sets: tuple[str, ...]
    load: Callable[[], Torso]


TOTALSEGMENTATOR = "TotalSegmentator test data (wasserth/TotalSegmentator), with its automatic labels"
CREDITS = {
    "ct_torso_totalseg_3mm": ("Apache License 2.0", TOTALSEGMENTATOR),
    "ct_abdomen_totalseg_dicom20": ("Apache License 2.0", TOTALSEGMENTATOR),
    "ct_chest_cmbcrc": (
        "CC BY 4.0",
        "The Cancer Imaging Archive, Cancer Moonshot Biobank - Colorectal Cancer (CMB-CRC), CMB-CRC-MSB-01068",
    ),
    head_maps.FOLDER: (head_maps.LICENCE, head_maps.CREDIT),
}  # fmt: skip


def load_torso() -> Torso:
    """Lower chest to pelvis; its top is in the liver."""
    folder = data_directory() / "ct_torso_totalseg_3mm"
    hu = read_zyx(folder / "example_ct.nii.gz")
    return label_ct("torso", hu, read_zyx(folder / "labels/example_seg_fast_force_split.nii.gz"))


def load_slab() -> Torso:
    """4 cm of another person's upper abdomen."""
    folder = data_directory() / "ct_abdomen_totalseg_dicom20"
    scan = read_series(folder / "dicom")
    zoom = [size / VOXEL_MM for size in scan.spacing_mm[::-1]]
    labels = ndimage.zoom(read_zyx(folder / "labels/example_seg_dicom.nii.gz"), zoom, order=0)
    return label_ct("slab", average_to_voxels(scan.intensities.T, zoom), labels)


def load_mr_slab() -> Torso:
    """6 cm of a third person's abdomen, from MR: the map alone, fat and soft tissue told apart by the MR signal."""
    folder = data_directory() / "ct_torso_totalseg_3mm"
    signal = read_zyx(folder / "example_mr_sm.nii.gz")
    tissues = to_tissues(read_zyx(folder / "labels/example_seg_mr.nii.gz"), MR_NUMBERS)
    body = largest(ndimage.binary_closing(signal > 40, iterations=2) | (tissues > 0))
    rest = np.where(signal > 250, Tissue.FAT, Tissue.MUSCLE)
    tissues = np.where((tissues == Tissue.AIR) & fill_slices(body), rest, tissues)
    area = (tissues > 0).sum(axis=(1, 2))
    return Torso("mr-slab", tissues[area > 0.8 * np.median(area)].astype(np.uint8))  # the outer slices have no signal


def load_chest() -> Torso:
    """A whole chest down to the upper liver, by thresholds and the outlines below."""
    scan = read_series(data_directory() / "ct_chest_cmbcrc" / "dicom")
    hu = average_to_voxels(scan.intensities.T, [size / VOXEL_MM for size in scan.spacing_mm[::-1]])
    tissues = label_unlabelled(hu)
    smooth = ndimage.gaussian_filter(hu, 0.7)
    z, y, x = np.ogrid[tuple(map(slice, hu.shape))]
    mediastinum = (x > 62) & (x < 100) & (y > 42) & (y < 91)
    soft = (smooth > 0) & mediastinum
    tissues[(tissues == Tissue.BONE) & mediastinum & ~((y > 88) & (x < 83))] = Tissue.ARTERY
    tissues[soft & (z <= 6) & (y > 52) & (x > 75) & (smooth < 150)] = Tissue.STOMACH
    heart_back = np.interp(np.arange(hu.shape[0]), (2, 4, 8, 12), (60, 65, 75, 84))[:, None, None]
    tissues[soft & (z >= 2) & (z < 26) & (y < heart_back)] = Tissue.HEART
    tissues[(smooth > 30) & (smooth < 220) & (z < 12) & (x > 87) & (x < 117) & (y > 78) & (y < 103)] = Tissue.SPLEEN
    tissues[liver_outlines(hu.shape) & (smooth > -20) & (smooth < 140)] = Tissue.LIVER
    return Torso("chest", tissues, hu)


LIVER_OUTLINES = {
    0: (
        (30, 62), (36, 57), (46, 53), (56, 52), (64, 48), (71, 45), (79, 47), (85, 52), (84, 57), (83, 63),
        (80, 68), (74, 71), (73, 76), (68, 79), (65, 80), (65, 88), (61, 96), (54, 101), (45, 101), (37, 97),
        (31, 89), (28, 75),
    ),
    2: (
        (30, 66), (36, 58), (46, 55), (56, 54), (64, 51), (73, 48), (78, 52), (80, 57), (83, 62), (86, 67),
        (80, 69), (74, 72), (70, 77), (66, 82), (63, 88), (59, 95), (52, 99), (44, 98), (36, 93), (31, 84),
    ),
    3: (
        (31, 66), (36, 58), (46, 56), (60, 55), (70, 54), (76, 54), (78, 58), (78, 63), (83, 67), (78, 68),
        (72, 71), (69, 78), (66, 80), (62, 88), (57, 95), (50, 97), (42, 95), (35, 88), (32, 78),
    ),
    4: (
        (32, 70), (36, 60), (46, 57), (58, 57), (68, 60), (72, 63), (71, 70), (67, 78), (63, 82), (60, 90),
        (54, 95), (46, 96), (38, 91), (33, 82),
    ),
    5: (
        (33, 72), (36, 62), (45, 58), (55, 58), (64, 61), (69, 66), (69, 72), (65, 78), (61, 84), (57, 92),
        (50, 95), (42, 93), (35, 86),
    ),
    7: (
        (35, 75), (37, 66), (44, 61), (52, 61), (58, 67), (61, 75), (58, 84), (53, 90), (47, 91), (40, 88),
    ),
    8: (
        (37, 75), (39, 67), (47, 62), (55, 67), (58, 76), (55, 86), (47, 90), (40, 86),
    ),
    10: (
        (39, 76), (41, 71), (46, 68), (51, 72), (52, 78), (50, 83), (46, 85), (41, 81),
    ),
}  # fmt: skip
"""Of the chest's dome of the liver: slice, then (x, y), in voxels of 3 mm. Drawn on screen, not by an expert."""


def liver_outlines(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The outlines filled; between their slices by signed distances."""
    pixels = np.stack(np.meshgrid(np.arange(shape[2]), np.arange(shape[1])), axis=-1).reshape(-1, 2)
    distances = []
    for points in LIVER_OUTLINES.values():
        filled = Outline(points).contains_points(pixels).reshape(shape[1:])
        distances.append(ndimage.distance_transform_edt(filled) - ndimage.distance_transform_edt(~filled))
    slices = list(LIVER_OUTLINES)
    mask = np.zeros(shape, np.bool_)
    for k in range(slices[-1] + 1):
        above = min(np.searchsorted(slices, k), len(slices) - 1)
        below = max(above - 1, 0)
        weight = 0 if above == below else (k - slices[below]) / (slices[above] - slices[below])
        mask[k] = (1 - weight) * distances[below] + weight * distances[above] > 0
    return mask


def load_stacked() -> Torso:
    """The chest on the torso, as if one person: its slices scaled to the torso's width, its organs to the torso's
    HU."""
    torso, chest = load_torso(), load_chest()
    lower, upper = body_box(torso.tissues[-1]), body_box(chest.tissues[0])
    scale = [(a.stop - a.start) / (b.stop - b.start) for a, b in zip(lower, upper, strict=True)]
    offset = [b.start - a.start / s for a, b, s in zip(lower, upper, scale, strict=True)]

    def placed(volume: NDArray, order: int, outside: float) -> NDArray:
        shape = (volume.shape[0], *torso.tissues.shape[1:])
        matrix = [1, *(1 / s for s in scale)]
        return ndimage.affine_transform(volume, matrix, [0, *offset], shape, order=order, cval=outside)

    tissues, hu = placed(chest.tissues, 0, Tissue.AIR), placed(chest.hu, 1, -1024)
    for tissue in (Tissue.LIVER, Tissue.SPLEEN, Tissue.MUSCLE, Tissue.ARTERY, Tissue.STOMACH):
        hu[tissues == tissue] += np.median(torso.hu[torso.tissues == tissue]) - np.median(hu[tissues == tissue])
    return Torso("stacked", np.concatenate([torso.tissues, tissues]), np.concatenate([torso.hu, hu]))


def load_head(number: int) -> Torso:
    """A head without a liver: one of SynthSeg's maps."""
    path = data_directory() / head_maps.FOLDER / f"training_seg_{number:02d}.nii.gz"
    labels = read_zyx(path)[::3, ::3, ::3].astype(np.int32)
    fine = head_maps.to_tissues(labels, path)
    tissues = np.where(fine > 0, Tissue.MUSCLE, Tissue.AIR).astype(np.uint8)
    for tissue, numbers in HEAD_TISSUES.items():
        tissues[np.isin(fine, numbers)] = tissue
    return Torso(f"head-{number}", tissues)


HEADS = range(1, 11)
SOURCES = {
    "torso": TorsoSource(("ct_torso_totalseg_3mm",), load_torso),
    "slab": TorsoSource(("ct_abdomen_totalseg_dicom20",), load_slab),
    "mr-slab": TorsoSource(("ct_torso_totalseg_3mm",), load_mr_slab),
    "chest": TorsoSource(("ct_chest_cmbcrc",), load_chest),
    "stacked": TorsoSource(("ct_torso_totalseg_3mm", "ct_chest_cmbcrc"), load_stacked),
} | {f"head-{n}": TorsoSource((head_maps.FOLDER,), lambda n=n: load_head(n)) for n in HEADS}


def load(name: str) -> Torso:
    """One of `SOURCES`; raises SeriesError where there is none of this name or its data is missing."""
    if name not in SOURCES:
        raise SeriesError(f"{name}: no such map; known are {', '.join(SOURCES)}")
    return SOURCES[name].load()


def credits(names: list[str]) -> list[dict[str, str]]:
    """The sets that the maps come from, with licence and credit, for a package's provenance."""
    sets = dict.fromkeys(folder for name in names for folder in SOURCES[name].sets)
    return [{"name": folder, "licence": CREDITS[folder][0], "credit": CREDITS[folder][1]} for folder in sets]


def read_zyx(path: Path) -> NDArray:
    return np.ascontiguousarray(read_volume(path).values.T)


def average_to_voxels(hu: NDArray[np.float32], zoom: list[float]) -> NDArray[np.float32]:
    """At `VOXEL_MM`, smoothed first as a coarser scan would be."""
    sigma = [max(0.0, 0.35 * (1 / factor - 1)) for factor in zoom]
    return ndimage.zoom(ndimage.gaussian_filter(np.maximum(hu, -1024), sigma), zoom, order=1).astype(np.float32)


def label_ct(name: str, hu: NDArray, labels: NDArray) -> Torso:
    """Labelled structures as they are, gas in the bowel, and what is unlabelled by the image."""
    if labels.shape != hu.shape:
        raise SeriesError(f"{name}: the labels' grid {labels.shape} differs from the image's {hu.shape}")
    known = to_tissues(labels, CT_NUMBERS)
    tissues = np.where(known > 0, known, label_unlabelled(hu))
    tissues[np.isin(tissues, HOLLOW) & (hu < GAS_HU)] = Tissue.GAS
    return Torso(name, tissues.astype(np.uint8), hu.astype(np.float32))


def to_tissues(labels: NDArray, numbers: dict[Tissue, tuple[int, ...]]) -> NDArray[np.uint8]:
    """Unlabelled voxels are AIR here."""
    table = np.zeros(256, np.uint8)
    for tissue, values in numbers.items():
        table[list(values)] = tissue
    return table[labels.astype(np.int64)]


def label_unlabelled(hu: NDArray) -> NDArray[np.uint8]:
    """Air outside of the body (with it the table), lung, fat, soft tissue and bone, by HU."""
    body = fill_slices(largest(ndimage.binary_opening(hu > GAS_HU)))
    tissues = np.digitize(hu, (GAS_HU, FAT_HU, BONE_HU))
    table = np.array([Tissue.LUNG, Tissue.FAT, Tissue.MUSCLE, Tissue.BONE], np.uint8)
    return np.where(body, table[tissues], Tissue.AIR).astype(np.uint8)


def largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels, _ = ndimage.label(mask)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return labels == sizes.argmax()


def fill_slices(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.stack([ndimage.binary_fill_holes(plane) for plane in mask])


def body_box(tissues: NDArray[np.uint8]) -> tuple[slice, ...]:
    return ndimage.find_objects((tissues > 0).astype(np.uint8))[0]
