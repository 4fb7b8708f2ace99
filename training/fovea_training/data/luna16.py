"""LUNA16: chest CT as MetaImage in ten subsets, lung masks, and the outlines of LIDC-IDRI for the accepted nodules.

The folder holds `subset0` ... `subset9`, `seg-lungs-LUNA16` and `annotations.csv` as they are unpacked; the XML files
of LIDC-IDRI are a download of their own.
"""

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.grids import Volume, require_same_grid
from fovea_training.data.lidc import draw_agreement, index_by_series, read_nodules
from fovea_training.data.pairs import LabelledScan
from fovea_training.data.volume_files import read_stored

SUBSETS = tuple(range(10))
LUNGS_FOLDER = "seg-lungs-LUNA16"
COORDINATES = ("coordX", "coordY", "coordZ")


@dataclass(frozen=True)
class LunaScan:
    """A scan with its nodules (label 1) and its lungs, without the trachea."""

    labelled: LabelledScan
    lungs: NDArray[np.bool_]


@dataclass(frozen=True)
class Luna16:
    """The data set on disk."""

    folder: Path
    lidc: Path
    """With the XML files of LIDC-IDRI, in any sub-folders."""

    def series(self, subset: int) -> list[str]:
        """The UIDs of a subset's scans."""
        folder = self.folder / f"subset{subset}"
        files = sorted(folder.glob("*.mhd"))
        if not files:
            raise SeriesError(f"{folder}: no scans (*.mhd); see training/README.md for the download")
        return [path.stem for path in files]

    @cached_property
    def annotations(self) -> dict[str, NDArray[np.float64]]:
        """The centres (n, 3) of the accepted nodules of each scan that has any, in mm."""
        path = self.folder / "annotations.csv"
        centres: dict[str, list[list[float]]] = {}
        try:
            with path.open(newline="") as file:
                for row in csv.DictReader(file):
                    centres.setdefault(row["seriesuid"], []).append([float(row[name]) for name in COORDINATES])
        except (OSError, KeyError, ValueError) as error:
            raise SeriesError(f"{path}: cannot be read as LUNA16's annotations: {error!r}") from error
        return {uid: np.array(points) for uid, points in centres.items()}

    @cached_property
    def outlines(self) -> dict[str, Path]:
        return index_by_series(self.lidc)

    def read(self, subset: int, uid: str) -> LunaScan:
        """Reads a scan; one without accepted nodules has no labels. Raises SeriesError where a part is missing."""
        stored = read_stored(self.folder / f"subset{subset}" / f"{uid}.mhd")
        path = self.folder / LUNGS_FOLDER / f"{uid}.mhd"
        segmented = read_stored(path)
        require_same_grid(path, segmented.grid, stored.grid)
        nodules = Volume(self.draw_nodules(uid, stored), stored.grid).along_patient()
        image = stored.along_patient()
        labelled = LabelledScan(
            image.values.astype(np.float32), nodules.values.astype(np.uint16), image.grid.spacing_mm
        )
        return LunaScan(labelled, drop_trachea(path, segmented.along_patient().values))

    def draw_nodules(self, uid: str, stored: Volume) -> NDArray[np.bool_]:
        """On the stored axes, because outlines count columns and rows as they are in the file."""
        if uid not in self.annotations:
            return np.zeros(stored.grid.shape, np.bool_)
        if uid not in self.outlines:
            raise SeriesError(f"{self.lidc}: no outlines of series {uid}, which has accepted nodules")
        accepted = stored.grid.to_voxels(self.annotations[uid])
        heights = float(stored.grid.affine[2, 3]), float(stored.grid.affine[2, 2])
        nodules = draw_agreement(read_nodules(self.outlines[uid]), accepted, stored.grid.shape, *heights)
        if not nodules.any():
            raise SeriesError(f"{self.outlines[uid]}: no outline that two readers share lies near an accepted nodule")
        return nodules


def drop_trachea(path: Path, labels: NDArray) -> NDArray[np.bool_]:
    """The lungs: all labels but the one with the fewest voxels, which is the trachea."""
    numbers, counts = np.unique(labels[labels > 0], return_counts=True)
    if len(numbers) < 2:
        raise SeriesError(f"{path}: labels of the lungs and of the trachea are expected, {len(numbers)} found")
    return (labels > 0) & (labels != numbers[counts.argmin()])
