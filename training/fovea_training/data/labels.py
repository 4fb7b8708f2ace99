"""Label maps on the array axes of `Scan` (x to the left, y to the back, z to the head)."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.grids import Grid, require_same_grid
from fovea_training.data.volume_files import read_volume


def read_labels(path: Path, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Reads a label map and checks that it has the `shape` of its scan; raises SeriesError otherwise."""
    labels = read_volume(path).values
    if labels.shape != shape:
        raise SeriesError(f"{path}: grid {labels.shape} differs from the scan's {shape}")
    require_labels(path, labels)
    return labels.astype(np.uint8)


def read_labels_on(path: Path, grid: Grid) -> NDArray[np.uint16]:
    """Reads a label map and checks that it lies on `grid`; raises SeriesError otherwise."""
    labels = read_volume(path)
    require_same_grid(path, labels.grid, grid)
    require_labels(path, labels.values)
    return labels.values.astype(np.uint16)


def require_labels(path: Path, labels: NDArray) -> None:
    """Raises SeriesError for a map without labels, or with values that are none."""
    if not labels.any():
        raise SeriesError(f"{path}: the label map is empty")
    if labels.min() < 0 or labels.max() > np.iinfo(np.uint16).max or (labels != np.floor(labels)).any():
        raise SeriesError(f"{path}: {labels.min()} to {labels.max()}; labels are whole numbers from 0 to 65535")
