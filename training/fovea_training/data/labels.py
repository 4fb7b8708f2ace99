"""NIfTI label maps on the array axes of `Scan` (x to the left, y to the back, z to the head)."""

from pathlib import Path

import nibabel
import numpy as np
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from numpy.typing import NDArray

from fovea_training.data.dicom_series import SeriesError


def read_labels(path: Path, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Reads a label map and checks that it has the `shape` of its scan; raises SeriesError otherwise."""
    if not path.is_file():
        raise SeriesError(f"{path}: no such file; see training/README.md for where the data comes from")
    image = nibabel.load(path)
    to_lps = ornt_transform(io_orientation(image.affine), axcodes2ornt("LPS"))
    labels = nibabel.orientations.apply_orientation(np.asanyarray(image.dataobj), to_lps)
    if labels.shape != shape:
        raise SeriesError(f"{path}: grid {labels.shape} differs from the scan's {shape}")
    if not labels.any():
        raise SeriesError(f"{path}: the label map is empty")
    return labels.astype(np.uint8)
