"""DICOM Segmentation objects as label maps on the grid of the series that they were drawn on."""

from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.errors import InvalidDicomError
from pydicom.uid import SegmentationStorage

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.grids import Grid, require_same_grid
from fovea_training.data.labels import require_labels


def read_segmentation(path: Path, grid: Grid) -> NDArray[np.uint16]:
    """The number of each voxel's segment (x, y, z), 0 outside of all; where segments overlap the later one counts.

    The frames lie on slices of `grid`, which runs along the patient's axes; slices without a frame are empty. A
    fractional segmentation counts from one half on. Raises SeriesError otherwise.
    """
    item = read_object(path)
    frames = item.pixel_array.reshape(-1, item.Rows, item.Columns)
    if item.SegmentationType == "FRACTIONAL":
        frames = frames >= item.MaximumFractionalValue / 2
    labels = np.zeros(grid.shape, np.uint16)
    for frame, groups in zip(frames, item.PerFrameFunctionalGroupsSequence, strict=True):
        own = frame_grid(item, groups)
        slice_number = round(float(grid.to_voxels(own.affine[None, :3, 3])[0, 2]))
        if not 0 <= slice_number < grid.shape[2]:
            require_same_grid(path, own, grid)
        require_same_grid(path, own, slice_grid(grid, slice_number))
        number = int(groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        labels[:, :, slice_number][frame.T > 0] = number
    require_labels(path, labels)
    return labels


def read_object(path: Path) -> pydicom.Dataset:
    if not path.is_file():
        raise SeriesError(f"{path}: no such file")
    try:
        item = pydicom.dcmread(path)
    except (InvalidDicomError, OSError) as error:
        raise SeriesError(f"{path}: cannot be read as DICOM: {error}") from error
    if item.get("SOPClassUID") != SegmentationStorage:
        raise SeriesError(f"{path}: not a DICOM Segmentation (SOP class {item.get('SOPClassUID', 'missing')})")
    if item.get("SegmentationType") not in ("BINARY", "FRACTIONAL"):
        raise SeriesError(f"{path}: segmentation type {item.get('SegmentationType', 'missing')} is not read")
    return item


def frame_grid(item: pydicom.Dataset, groups: pydicom.Dataset) -> Grid:
    """The grid of one frame, whose one slice is as thick as its spacing says."""
    shared = item.SharedFunctionalGroupsSequence[0]
    measures = one_of(groups, shared, "PixelMeasuresSequence")
    orientation = one_of(groups, shared, "PlaneOrientationSequence").ImageOrientationPatient
    cosines = np.reshape(np.array(orientation, float), (2, 3))
    rows_mm, columns_mm = (float(value) for value in measures.PixelSpacing)
    thickness = float(measures.get("SpacingBetweenSlices", measures.get("SliceThickness", 1)))
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = cosines[0] * columns_mm, cosines[1] * rows_mm
    affine[:3, 2] = np.cross(*cosines) * thickness
    affine[:3, 3] = [float(value) for value in one_of(groups, shared, "PlanePositionSequence").ImagePositionPatient]
    return Grid((int(item.Columns), int(item.Rows), 1), affine)


def one_of(own: pydicom.Dataset, shared: pydicom.Dataset, name: str) -> pydicom.Dataset:
    """A functional group of the frame itself, or else of all frames."""
    return (own if name in own else shared)[name][0]


def slice_grid(grid: Grid, number: int) -> Grid:
    """One slice of a grid."""
    affine = grid.affine.copy()
    affine[:3, 3] += number * grid.affine[:3, 2]
    return Grid((*grid.shape[:2], 1), affine)
