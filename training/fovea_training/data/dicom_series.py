"""A folder of DICOM files as a volume in Hounsfield units, on array axes x, y, z (left, back, head)."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pydicom
from numpy.typing import NDArray


class SeriesError(Exception):
    """A series that cannot be used for training, with what to do about it."""


class Scan(NamedTuple):
    """A volume on a regular axial grid."""

    intensities: NDArray[np.float32]
    """(x, y, z), Hounsfield units for CT."""
    spacing_mm: tuple[float, float, float]
    """Along x, y, z."""
    origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The centre of the first voxel, along the patient's left, back and head."""


def read_series(folder: Path) -> Scan:
    """Reads the one axial single-frame series in `folder`, sorted from feet to head.

    Raises SeriesError when the folder is missing or empty, when slices are not axial, differ in size or spacing,
    or leave gaps: training data is chosen by hand, so nothing is repaired here.
    """
    slices = read_slices(folder)
    heights = np.array([float(item.ImagePositionPatient[2]) for item in slices])
    steps = np.diff(heights)
    if steps.size == 0 or steps.min() <= 0 or np.ptp(steps) > 0.01 * steps.mean():
        raise SeriesError(f"{folder}: the slices are not evenly spaced; choose a complete single-volume series")
    row_spacing, column_spacing = (float(value) for value in slices[0].PixelSpacing)
    volume = np.stack([hounsfield(item) for item in slices], axis=-1)
    x, y, z = (float(value) for value in slices[0].ImagePositionPatient)
    return Scan(volume, (column_spacing, row_spacing, float(steps.mean())), (x, y, z))


def read_slices(folder: Path) -> list[pydicom.Dataset]:
    """The axial images of `folder`, sorted by height; files that are not images are passed over."""
    if not folder.is_dir():
        raise SeriesError(f"{folder}: no such folder; see training/README.md for where the data comes from")
    files = [pydicom.dcmread(path, force=True) for path in sorted(folder.iterdir()) if path.is_file()]
    slices = [item for item in files if "PixelData" in item and "ImagePositionPatient" in item]
    if not slices:
        raise SeriesError(f"{folder}: no DICOM images in it")
    if len({item.SeriesInstanceUID for item in slices}) > 1:
        raise SeriesError(f"{folder}: more than one series in it; give a folder with one")
    axial = np.array([1, 0, 0, 0, 1, 0])
    if any(np.abs(np.array(item.ImageOrientationPatient, float) - axial).max() > 1e-3 for item in slices):
        raise SeriesError(f"{folder}: not an axial series with the patient supine; rotate it first")
    if len({(item.Rows, item.Columns, *map(float, item.PixelSpacing)) for item in slices}) > 1:
        raise SeriesError(f"{folder}: slices of different sizes or pixel spacings")
    return sorted(slices, key=lambda item: float(item.ImagePositionPatient[2]))


def hounsfield(item: pydicom.Dataset) -> NDArray[np.float32]:
    """One slice as (x, y), rescaled with its own slope and intercept."""
    stored = item.pixel_array.T.astype(np.float32)
    return stored * float(item.get("RescaleSlope", 1)) + float(item.get("RescaleIntercept", 0))
