"""Label maps of whole heads (SynthSeg's training maps): tissue classes and the intracranial space, at 1 mm."""

from dataclasses import dataclass
from enum import IntEnum, auto
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.data.chests import data_directory
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.grids import Volume
from fovea_training.data.volume_files import read_volume

FOLDER = "mr_brain_labelmaps_synthseg"
STRIPPED_FOLDER = "mr_brain_voxelmorph"
LICENCE = "Apache License 2.0"
CREDIT = "SynthSeg (B. Billot, BBillot/SynthSeg), training label maps 01 to 10"
MAPS = range(1, 11)
HELD_OUT = (9, 10)
"""Maps that training never sees."""
CLOSING_MM = 4.0
MARGIN_MM = 12
NECK_MM = 60
INTRACRANIAL = np.uint8(128)
TISSUE_BITS = np.uint8(127)


class Tissue(IntEnum):
    """What has an intensity of its own."""

    AIR = 0
    WHITE_MATTER = auto()
    CORTEX = auto()
    DEEP_GREY = auto()
    CEREBELLAR_WHITE = auto()
    CEREBELLAR_CORTEX = auto()
    BRAIN_STEM = auto()
    VENTRICLE = auto()
    CSF = auto()
    ARTERY = auto()
    VEIN = auto()
    EYE = auto()
    EYE_MUSCLE = auto()
    OPTIC_NERVE = auto()
    MUCOSA = auto()
    SOFT_TISSUE = auto()
    SKIN = auto()
    CORD = auto()
    CORTICAL_BONE = auto()
    CANCELLOUS_BONE = auto()


# FreeSurfer's numbers; those of 500 and more are SynthSeg's, outside of the brain.
NUMBERS = {
    Tissue.WHITE_MATTER: (2, 41, 77, 78, 79, 80, 85, 251, 252, 253, 254, 255),
    Tissue.CORTEX: (3, 42, 25, 57, 72, 136, 137, 163, 164),
    Tissue.DEEP_GREY: (9, 10, 11, 12, 13, 17, 18, 26, 28, 48, 49, 50, 51, 52, 53, 54, 58, 60),
    Tissue.CEREBELLAR_WHITE: (7, 46),
    Tissue.CEREBELLAR_CORTEX: (8, 47),
    Tissue.BRAIN_STEM: (16,),
    Tissue.VENTRICLE: (4, 5, 14, 15, 31, 43, 44, 63),
    Tissue.CSF: (24, 30, 62),
    Tissue.ARTERY: (502,),
    Tissue.VEIN: (514,),
    Tissue.EYE: (506,),
    Tissue.EYE_MUSCLE: (508,),
    Tissue.OPTIC_NERVE: (530,),
    Tissue.MUCOSA: (509,),
    Tissue.SOFT_TISSUE: (507,),
    Tissue.SKIN: (511,),
    Tissue.CORD: (512,),
    Tissue.CORTICAL_BONE: (515,),
    Tissue.CANCELLOUS_BONE: (516,),
}
BRAIN = tuple(tissue for tissue in Tissue if Tissue.WHITE_MATTER <= tissue <= Tissue.CSF)
HINDBRAIN = (Tissue.BRAIN_STEM, Tissue.CEREBELLAR_WHITE, Tissue.CEREBELLAR_CORTEX)


@dataclass(frozen=True)
class HeadMap:
    """A head at 1 mm; arrays (z, y, x) from feet to head, front to back, right to left."""

    name: str
    voxels: NDArray[np.uint8]
    """The `Tissue`, plus INTRACRANIAL within the skull."""

    @classmethod
    def of(cls, name: str, tissues: NDArray[np.uint8]) -> "HeadMap":
        return cls(name, tissues + INTRACRANIAL * intracranial_space(tissues).astype(np.uint8))


def load_head_map(number: int) -> HeadMap:
    """Reads map 1 to 10; raises SeriesError where it is missing or has a label that no tissue is known for."""
    path = data_directory() / FOLDER / f"training_seg_{number:02d}.nii.gz"
    labels = read_volume(path).values.T.astype(np.int32)
    labels = labels[head_box(labels)]
    return HeadMap.of(path.name, with_neck(to_tissues(labels, path)))


def load_stripped_head() -> tuple[Volume, NDArray[np.bool_]]:
    """A real T1 without its skull, (x, y, z), and the space that its automatic labels make by the rule for our maps."""
    folder = data_directory() / STRIPPED_FOLDER
    labels = read_volume(folder / "labels" / "seg.nii.gz").values.T.astype(np.int32)
    return read_volume(folder / "t1.nii.gz"), intracranial_space(to_tissues(labels, folder)).T


def head_box(labels: NDArray[np.int32]) -> tuple[slice, ...]:
    """The head with a margin of air, but for below, where the maps end within it."""
    box = ndimage.find_objects((labels > 0).astype(np.uint8))[0]
    below = box[0].start + 2
    sides = [slice(max(0, side.start - MARGIN_MM), side.stop + MARGIN_MM) for side in box]
    return slice(below, sides[0].stop), *sides[1:]


def with_neck(tissues: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """As much neck below the hindbrain in every map: where a map ends its lowest slice is repeated, as scans go on.

    A hindbrain that is cut there goes on as the cord.
    """
    lowest = np.where(np.isin(tissues[:1], HINDBRAIN), np.uint8(Tissue.CORD), tissues[:1])
    longer = np.concatenate([np.repeat(lowest, NECK_MM, axis=0), tissues])
    return longer[lowest_hindbrain(longer) - NECK_MM :]


def lowest_hindbrain(tissues: NDArray[np.uint8]) -> int:
    """The lowest slice with brain stem or cerebellum."""
    return int(np.flatnonzero(np.isin(tissues, HINDBRAIN).any(axis=(1, 2)))[0])


def to_tissues(labels: NDArray[np.int32], path: Path) -> NDArray[np.uint8]:
    table = np.full(1024, 255, np.uint8)
    table[0] = Tissue.AIR
    for tissue, numbers in NUMBERS.items():
        table[list(numbers)] = tissue
    tissues = table[labels]
    if (tissues == 255).any():
        raise SeriesError(f"{path}: label {int(labels[tissues == 255][0])} is none that a tissue is known for")
    return tissues


def intracranial_space(tissues: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Brain, CSF and what they enclose, without gaps, down to the lowest slice with brain stem or cerebellum.

    CSF runs down the spinal canal: without that limit a network learns to mark the neck.
    """
    brain = np.isin(tissues, BRAIN)
    near = ndimage.distance_transform_edt(~brain) <= CLOSING_MM
    closed = (ndimage.distance_transform_edt(near) > CLOSING_MM) | brain
    closed[: lowest_hindbrain(tissues)] = False
    parts, _ = ndimage.label(closed)
    largest = parts == np.argmax(np.bincount(parts.ravel())[1:]) + 1
    return np.stack([ndimage.binary_fill_holes(plane) for plane in largest])
