"""The real T1 heads at hand, into which lesions are implanted: where each lies, its licence, its brain."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fovea_training.data.brain_mask import compute_brain_mask, white_matter_signal
from fovea_training.data.chests import data_directory
from fovea_training.data.lung_mask import dilate
from fovea_training.data.pairs import read_image

RIM_MM = 4.0
"""Around the mask of the brain's tissue that still lies within the skull."""


@dataclass(frozen=True)
class HeadSource:
    """A set of the test data that may be trained on, with the credit that its licence asks for."""

    folder: str
    image: str
    licence: str
    credit: str
    lesion: tuple[tuple[int, int, int], float] | None = None
    """A real lesion: the voxel in its middle (x, y, z), and the radius in mm of the ball that holds it."""


SOURCES = {
    "voxelmorph": HeadSource(
        "mr_brain_voxelmorph",
        "t1.nii.gz",
        "Apache License 2.0",
        "VoxelMorph (voxelmorph/voxelmorph), test scan: T1 without contrast, skull stripped",
    ),
    "vsseg": HeadSource(
        "mr_head_t1_vsseg001",
        "dicom",
        "CC BY 4.0",
        "The Cancer Imaging Archive, Vestibular-Schwannoma-SEG, VS-SEG-001: T1 with contrast",
        lesion=((304, 271, 33), 14.0),
    ),
}


@dataclass(frozen=True)
class RealHead:
    """A T1 image of a head; arrays (x, y, z) to the left, the back and the head."""

    name: str
    signal: NDArray[np.float32]
    spacing_mm: tuple[float, float, float]
    parenchyma: NDArray[np.bool_]
    """Where lesions grow."""
    intracranial: NDArray[np.bool_]
    """Where they may reach into."""
    ignored: NDArray[np.bool_]
    """Around the real lesion."""
    white_matter: float
    """Its signal."""


def load_real_head(name: str) -> RealHead:
    """Reads one of `SOURCES`; raises SeriesError where it is missing, KeyError for another name."""
    source = SOURCES[name]
    volume = read_image(data_directory() / source.folder / source.image)
    signal, spacing_mm = volume.values.astype(np.float32), volume.grid.spacing_mm
    mask = compute_brain_mask(signal, spacing_mm)
    white = white_matter_signal(signal)
    ignored = np.zeros(signal.shape, np.bool_)
    if source.lesion:
        centre, radius = source.lesion
        ignored = ball(signal.shape, centre, radius, spacing_mm)
    intracranial = dilate(mask, max(1, round(RIM_MM / max(spacing_mm))))
    parenchyma = mask & (signal > 0.55 * white) & ~ignored
    return RealHead(name, signal, spacing_mm, parenchyma, intracranial, ignored, white)


def ball(
    shape: tuple[int, ...], centre: tuple[int, ...], radius_mm: float, spacing_mm: tuple[float, ...]
) -> NDArray[np.bool_]:
    axes = [(np.arange(size) - middle) * step for size, middle, step in zip(shape, centre, spacing_mm, strict=True)]
    return sum(np.meshgrid(*(axis**2 for axis in axes), indexing="ij", sparse=True)) <= radius_mm**2
