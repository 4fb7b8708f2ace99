"""LiTS: abdominal CT with liver and tumours (`volume-N.nii`, `segmentation-N.nii`), prepared as AutoPath has it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.pairs import LabelledScan, Pair, read_pair

CLIP_HU = (-200.0, 250.0)
SCALE_HU = 200.0
SLICE_MM = 1.0
PLANE_ZOOM = 0.5
"""512 x 512 becomes 256 x 256."""
OF_3DIRCADB = range(27, 49)
"""Volumes that are also 3DIRCADb's; AutoPath trains on the other 109."""
LITS_ALONE, ALSO_3DIRCADB = "lits", "3dircadb"
"""The two subsets of prepared cases."""
WINDOW = 48
"""Slices of a training sample; shorter scans are left out."""


def find_volumes(folders: list[Path]) -> list[Pair]:
    """The volumes of all folders (the data comes in two) with their segmentations, by number."""
    pairs = [
        Pair(path.name.partition(".")[0], path, path.with_name(path.name.replace("volume", "segmentation", 1)))
        for folder in folders
        for path in folder.glob("volume-*.nii*")
    ]
    if not pairs:
        named = ", ".join(str(folder) for folder in folders)
        raise SeriesError(f"{named}: no volume-N.nii; see training/README.md for where the data comes from")
    return sorted(pairs, key=lambda pair: (len(pair.name), pair.name))


def subset_of(pair: Pair) -> str:
    return ALSO_3DIRCADB if int(pair.name.rpartition("-")[2]) in OF_3DIRCADB else LITS_ALONE


def read_volume_with_liver(pair: Pair) -> LabelledScan:
    """A scan with liver and tumours as one label."""
    read = read_pair(pair)
    return LabelledScan(read.intensities, (read.labels > 0).astype(np.uint16), read.spacing_mm)


def prepare_autopath(case: LabelledScan) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:
    """Image (z, y/2, x/2) and target (z, y, x), slices of 1 mm: clipped, resampled (cubic), divided by 200.

    The target keeps its full plane: logits are resized to it. Raises SeriesError below 48 slices of 1 mm.
    """
    thickness = case.spacing_mm[2]
    if round(case.labels.shape[2] * thickness / SLICE_MM) < WINDOW:
        given = f"{case.labels.shape[2]} slices of {thickness:.2f} mm"
        raise SeriesError(f"{given} are fewer than {WINDOW} of {SLICE_MM:.0f} mm")
    clipped = np.clip(case.intensities.transpose(2, 1, 0), *CLIP_HU)
    image = ndimage.zoom(clipped, (thickness / SLICE_MM, PLANE_ZOOM, PLANE_ZOOM), order=3) / SCALE_HU
    target = ndimage.zoom(case.labels.transpose(2, 1, 0).astype(np.uint8), (thickness / SLICE_MM, 1, 1), order=0)
    return image.astype(np.float16), target


def draw_window(
    image: NDArray, target: NDArray, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """48 slices of a prepared scan and of its target, from anywhere in it, in full plane."""
    first = int(rng.integers(image.shape[0] - WINDOW + 1))
    slices = slice(first, first + WINDOW)
    return image[slices].astype(np.float32), target[slices].astype(np.float32)
