"""Scans whose aorta is labelled: where each lies, its licence, and which tissue each voxel is.

No label here was drawn by an expert. Those of TotalSegmentator's test data are that program's output; the chest's is our own
outline of a bright vessel (`outline_bright_aorta`) and its wall, looked at in every second or third slice. One is the map of
an MR image, without its image.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.data.chests import data_directory
from fovea_training.data.dicom_series import SeriesError, read_series
from fovea_training.data.pairs import read_image
from fovea_training.data import torsos
from fovea_training.data.torsos import Tissue
from fovea_training.data.volume_files import read_volume

Array = NDArray[np.float32]
Spacing = tuple[float, float, float]
Slice = NDArray[np.bool_]
AIR_HU = -1024.0
CHEST_STEPS = (1, 2, 2)
"""Voxels of the chest that become one: its slices are 2.5 mm apart, and 1.8 mm in plane are fine enough."""


# Number of TotalSegmentator's task "total".
AORTA = 52


@dataclass(frozen=True)
class TargetScan:
    """A scan and what is to be found in it; arrays (z, y, x) to the head, the back and the left."""

    name: str
    hu: Array | None
    """None where the map alone may be used."""
    target: NDArray[np.bool_]
    tissues: NDArray[np.uint8]
    """`Tissue` of every voxel, as far as it is known: AIR and MUSCLE stand for what is not."""
    spacing_mm: Spacing
    """Along z, y, x."""
    cropped: bool = False
    """Whether the scan is a crop from inside the body."""
    mapped: bool = False
    """Whether the tissues are all known, so that an image can be made of them alone."""


@dataclass(frozen=True)
class AortaSource:
    """A set of the test data, with the credit that its licence asks for."""

    folder: str
    licence: str
    credit: str
    labels: str
    read: Callable[[], TargetScan]


def data_path(name: str):
    path = data_directory() / name
    if not path.exists():
        raise SeriesError(f"{path}: no such file; see training/README.md for where the data comes from")
    return path


def read_torso() -> TargetScan:
    """Lower chest to pelvis at 3 mm, without contrast."""
    folder = "ct_torso_totalseg_3mm"
    return of_structures("torso", f"{folder}/example_ct.nii.gz", f"{folder}/labels/example_seg_fast_force_split.nii.gz")


def read_slab() -> TargetScan:
    """40 mm of an upper abdomen with contrast, 0.98 x 0.98 x 2 mm."""
    folder = "ct_abdomen_totalseg_dicom20"
    return of_structures("slab", f"{folder}/dicom", f"{folder}/labels/example_seg_dicom.nii.gz")


def of_structures(name: str, image: str, labels: str) -> TargetScan:
    """A scan with TotalSegmentator's label of all structures."""
    volume = read_image(data_path(image))
    structures = read_volume(data_path(labels)).values.T
    hu = np.ascontiguousarray(volume.values.T, np.float32)
    tissues = torsos.label_ct(name, hu, structures).tissues
    return TargetScan(name, hu, structures == AORTA, tissues, volume.grid.spacing_mm[::-1], mapped=True)


def read_mr_slab() -> TargetScan:
    """60 mm of an upper abdomen at 3 mm: the map alone, whose only artery is the aorta."""
    tissues = torsos.load_mr_slab().tissues
    spacing = (torsos.VOXEL_MM,) * 3
    return TargetScan("mr-slab", None, tissues == Tissue.ARTERY, tissues, spacing, mapped=True)


def read_angiography() -> TargetScan:
    """A crop of 18 x 19 x 25 cm around a wide, dissected thoracic aorta, 1.5 mm, arterial contrast."""
    folder = "ct_aorta_totalseg_1p5mm"
    volume = read_image(data_path(f"{folder}/ct_aorta_crop.nii.gz"))
    aorta = read_volume(data_path(f"{folder}/labels/aorta/aorta.nii.gz")).values.T > 0
    hu = np.ascontiguousarray(volume.values.T, np.float32)
    spacing = volume.grid.spacing_mm[::-1]
    return TargetScan("angiography", hu, aorta, bright_blood(hu, aorta, spacing), spacing, cropped=True)


def read_chest() -> TargetScan:
    """A whole chest, 0.90 x 0.90 x 2.5 mm, arterial contrast, made coarser in plane; its labels are our outline and the wall."""
    hu, lumen, spacing = outlined_chest()
    aorta = with_wall(hu, lumen, spacing)
    lumen, aorta = (every(mask.astype(np.float32), CHEST_STEPS) >= 0.5 for mask in (lumen, aorta))
    hu = every(hu, CHEST_STEPS)
    spacing = tuple(side * step for side, step in zip(spacing, CHEST_STEPS, strict=True))
    return TargetScan("chest", hu, aorta, bright_blood(hu, lumen, spacing), spacing)


WALL_MM = 2.0
"""Thickness of an adult's aortic wall."""


def with_wall(hu: Array, lumen: NDArray[np.bool_], spacing_mm: Spacing) -> NDArray[np.bool_]:
    """The bright lumen and the wall in its slices, which the labels of the other scans have too."""
    aorta = lumen.copy()
    for z in np.flatnonzero(lumen.any(axis=(1, 2))):
        near = ndimage.distance_transform_edt(~lumen[z], spacing_mm[1:]) <= WALL_MM
        aorta[z] |= near & (hu[z] < BRIGHT_HU)
    return aorta


def outlined_chest() -> tuple[Array, NDArray[np.bool_], Spacing]:
    """HU and the aorta's lumen of ct_chest_cmbcrc on its own grid."""
    scan = read_series(data_path("ct_chest_cmbcrc/dicom"))
    hu = np.maximum(scan.intensities.T, AIR_HU)
    return hu, outline_bright_aorta(hu), scan.spacing_mm[::-1]


def every(volume: Array, steps: tuple[int, int, int]) -> Array:
    """Means over blocks of `steps` voxels."""
    z, y, x = (count // step for count, step in zip(volume.shape, steps, strict=True))
    a, b, c = steps
    return volume[: z * a, : y * b, : x * c].reshape(z, a, y, b, x, c).mean(axis=(1, 3, 5))


BRIGHT_HU = 180.0


def bright_blood(hu: Array, aorta: NDArray[np.bool_], spacing_mm: Spacing) -> NDArray[np.uint8]:
    """The aorta as ARTERY, and as VEIN the blood that is as bright and joined to it: heart, pulmonary vessels.

    Bright bone is left out by cutting bridges of about 6 mm.
    """
    bright = ndimage.gaussian_filter(hu, [0.8 / side for side in spacing_mm]) > BRIGHT_HU
    inner = ndimage.distance_transform_edt(bright, spacing_mm) > 3.0
    parts, _ = ndimage.label(inner)
    joined = np.isin(parts, np.setdiff1d(np.unique(parts[aorta]), 0))
    blood = bright & (ndimage.distance_transform_edt(~joined, spacing_mm) <= 3.5)
    tissues = torsos.label_unlabelled(hu)
    tissues[blood] = Tissue.VEIN
    tissues[aorta] = Tissue.ARTERY
    return tissues


# The chest's outline: both limbs of the aorta are followed as discs from slice to slice, the arch as what is bright next to the
# slice below. All numbers are for this one scan, read off its slices.
DESCENDING_START = (4, 288.0, 277.0, 14.0)
"""Slice, y, x and radius in pixels."""
ASCENDING_START = (46, 212.0, 240.0, 17.0)
ROOT_SLICE = 25
ARCH_SLICES = range(57, 71)
VEIN_HU = 440.0
"""The vein in front of the arch holds undiluted contrast medium."""
ARCH_STEP = 9
"""Pixels by which the arch may move from one slice to the next."""


def outline_bright_aorta(hu: Array) -> NDArray[np.bool_]:
    """The aorta of ct_chest_cmbcrc (z, y, x), from its root at the valve to the lowest slice."""
    smooth = ndimage.gaussian_filter(hu, (0.4, 1, 1))
    bright = smooth > BRIGHT_HU
    outline = np.zeros(hu.shape, np.bool_)
    start = DESCENDING_START[0]
    follow_disc(bright, DESCENDING_START, range(start, -1, -1), outline)
    follow_disc(bright, DESCENDING_START, range(start, ARCH_SLICES.start), outline)
    start = ASCENDING_START[0]
    follow_disc(bright, ASCENDING_START, range(start, ARCH_SLICES.start), outline)
    follow_disc(bright, ASCENDING_START, range(start, ROOT_SLICE - 1, -1), outline)
    for z in ARCH_SLICES:
        blood = ndimage.binary_opening(bright[z] & (smooth[z] < VEIN_HU), disc_element(6))
        outline[z] = ndimage.binary_fill_holes(blood & ndimage.binary_dilation(outline[z - 1], disc_element(ARCH_STEP)))
    return outline


DISC_MOVES = 5
"""Towards the middle of what is bright within the disc, in each slice."""


def follow_disc(bright: NDArray[np.bool_], start: tuple, slices: Iterable[int], outline: NDArray[np.bool_]) -> None:
    """Adds to `outline` what is bright within a disc that moves and grows with it."""
    _, y, x, radius = start
    rows, columns = np.ogrid[: bright.shape[1], : bright.shape[2]]
    for z in slices:
        for _ in range(DISC_MOVES):
            found = bright[z] & ((rows - y) ** 2 + (columns - x) ** 2 <= (1.12 * radius) ** 2)
            if not found.any():
                raise SeriesError(f"ct_chest_cmbcrc: no aorta in slice {z}; is this the scan that the outline was made for?")
            y, x = (float(values.mean()) for values in np.nonzero(found))
        outline[z] |= ndimage.binary_fill_holes(found)
        radius = float(np.clip(np.sqrt(found.sum() / np.pi), 0.95 * radius, 1.05 * radius))


def disc_element(radius: int) -> Slice:
    """A structuring element."""
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return x * x + y * y <= radius * radius


STACK_CHEST_MM = 10.0
"""Height in the chest, from its lowest slice, that comes next after the torso's highest."""


def read_stack() -> TargetScan:
    """The chest on top of the torso: body and aorta of both meet in one plane, so that whole aortas are seen."""
    return stack(read_chest(), read_torso())


def stack(chest: TargetScan, torso: TargetScan) -> TargetScan:
    """The chest stretched in plane so that the bodies are equally wide and deep where they meet, and shifted so that the
    aortas do; on the torso's grid."""
    step = int(round(STACK_CHEST_MM / chest.spacing_mm[0]))
    count = int((chest.hu.shape[0] - step) * chest.spacing_mm[0] / torso.spacing_mm[0])
    heights = step + np.arange(count) * torso.spacing_mm[0] / chest.spacing_mm[0]
    positions = [heights]
    for axis in (1, 2):
        factor = body_extent(chest.hu[step], axis - 1) / body_extent(torso.hu[-1], axis - 1)
        here, there = centre(torso.target[-1], axis - 1), centre(chest.target[step], axis - 1)
        positions.append((np.arange(torso.hu.shape[axis]) - here) * factor + there)
    points = np.stack(np.meshgrid(*positions, indexing="ij"))
    hu = ndimage.map_coordinates(chest.hu, points, order=1, mode="constant", cval=AIR_HU)
    aorta = ndimage.map_coordinates(chest.target.astype(np.float32), points, order=1) >= 0.5
    tissues = ndimage.map_coordinates(chest.tissues, points, order=0)
    return TargetScan(
        "stack", np.concatenate([torso.hu, hu]), np.concatenate([torso.target, aorta]),
        np.concatenate([torso.tissues, tissues]), torso.spacing_mm,
    )  # fmt: skip


def body_extent(slice_hu: Array, axis: int) -> int:
    """Voxels that the largest thing in a slice spans along y (0) or x (1)."""
    parts, _ = ndimage.label(slice_hu > -300)
    largest = int(np.bincount(parts.ravel())[1:].argmax())
    side = ndimage.find_objects(parts)[largest][axis]
    return side.stop - side.start


def centre(mask: Slice, axis: int) -> float:
    return float(np.nonzero(mask)[axis].mean())


TOTALSEGMENTATOR = "TotalSegmentator test data (wasserth/TotalSegmentator)"
SOURCES = {
    "torso": AortaSource("ct_torso_totalseg_3mm", "Apache License 2.0", f"{TOTALSEGMENTATOR}, torso", "automatic", read_torso),
    "mr-slab": AortaSource(
        "ct_torso_totalseg_3mm", "Apache License 2.0", f"{TOTALSEGMENTATOR}, map of an MR of the abdomen", "automatic", read_mr_slab
    ),
    "angiography": AortaSource(
        "ct_aorta_totalseg_1p5mm", "Apache License 2.0", f"{TOTALSEGMENTATOR}, aorta crop", "automatic", read_angiography
    ),
    "chest": AortaSource(
        "ct_chest_cmbcrc", "CC BY 4.0",
        "The Cancer Imaging Archive, Cancer Moonshot Biobank - Colorectal Cancer (CMB-CRC), CMB-CRC-MSB-01068",
        "semi-automatic outline", read_chest,
    ),
    "slab": AortaSource(
        "ct_abdomen_totalseg_dicom20", "Apache License 2.0", f"{TOTALSEGMENTATOR}, abdomen of 20 slices", "automatic", read_slab
    ),
}  # fmt: skip
STACK = "stack"
"""Made of `chest` and `torso`."""


def read_aorta_scan(name: str) -> TargetScan:
    """One of SOURCES, or `stack`; raises SeriesError where it is missing or has no aorta."""
    if name != STACK and name not in SOURCES:
        raise SeriesError(f"no scan {name!r} with an aorta (known: {', '.join([*SOURCES, STACK])})")
    scan = read_stack() if name == STACK else SOURCES[name].read()
    if scan.tissues.shape != scan.target.shape or not scan.target.any():
        raise SeriesError(f"{name}: the labels have no aorta, or another grid than the image")
    return scan
