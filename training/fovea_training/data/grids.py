"""Where the voxels of a volume lie in the patient, and whether a label map lies on the same ones."""

from dataclasses import dataclass

import numpy as np
from nibabel.affines import voxel_sizes
from nibabel.orientations import aff2axcodes, apply_orientation, inv_ornt_aff, io_orientation
from numpy.typing import NDArray

from fovea_training.data.dicom_series import SeriesError

TOLERANCE = 0.1
"""Voxels by which the corners of two grids may be apart and still be the same grid."""
TO_LPS = (("R", "L"), ("A", "P"), ("I", "S"))
"""The names of the two ends of each axis of a patient: away from it, and along it."""


@dataclass(frozen=True)
class Grid:
    """A regular grid of voxels."""

    shape: tuple[int, ...]
    affine: NDArray[np.float64]
    """4 x 4, from voxel indices to mm along the patient's left, back and head."""

    @classmethod
    def axial(cls, shape: tuple[int, ...], spacing_mm: tuple[float, ...], origin_mm: tuple[float, ...]) -> "Grid":
        """A grid along the patient's axes."""
        affine = np.diag([*spacing_mm, 1.0])
        affine[:3, 3] = origin_mm
        return cls(shape, affine)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        x, y, z = (float(value) for value in voxel_sizes(self.affine))
        return x, y, z

    def to_voxels(self, points_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """Indices, not rounded, of points (n, 3)."""
        inverse = np.linalg.inv(self.affine)
        return points_mm @ inverse[:3, :3].T + inverse[:3, 3]

    def matches(self, other: "Grid") -> bool:
        """Whether the shapes are equal and all corners lie within a tenth of a voxel of each other."""
        if self.shape != other.shape:
            return False
        indices = np.stack(np.meshgrid(*((0, size - 1) for size in self.shape), indexing="ij"), axis=-1).reshape(-1, 3)
        corners = indices @ other.affine[:3, :3].T + other.affine[:3, 3]
        return bool(np.abs(self.to_voxels(corners) - indices).max() <= TOLERANCE)

    def __str__(self) -> str:
        size = " x ".join(str(value) for value in self.shape)
        spacing = " x ".join(f"{value:.3g}" for value in self.spacing_mm)
        origin = ", ".join(f"{value:.1f}" for value in self.affine[:3, 3])
        axes = "".join(aff2axcodes(self.affine, TO_LPS))
        return f"{size} voxels of {spacing} mm from ({origin}) mm, axes {axes}"


@dataclass(frozen=True)
class Volume:
    """Voxel values and where they lie."""

    values: NDArray
    grid: Grid

    def along_patient(self) -> "Volume":
        """With x, y and z reordered and flipped to run to the patient's left, back and head as nearly as they can."""
        orientation = io_orientation(self.grid.affine)
        values = np.ascontiguousarray(apply_orientation(self.values, orientation))
        return Volume(values, Grid(values.shape, self.grid.affine @ inv_ornt_aff(orientation, self.values.shape)))


def require_same_grid(path: object, labels: Grid, image: Grid) -> None:
    """Raises SeriesError that names both grids where they differ."""
    if not labels.matches(image):
        raise SeriesError(f"{path}: its grid, {labels}, differs from the image's, {image}: resample it to the image")
