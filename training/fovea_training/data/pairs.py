"""Images with their labels, one of each per case: NIfTI or NRRD files, or DICOM series with SEG or NIfTI labels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fovea_training.data.dicom_segmentation import read_segmentation
from fovea_training.data.dicom_series import SeriesError, read_series
from fovea_training.data.grids import Grid, Volume
from fovea_training.data.labels import read_labels_on
from fovea_training.data.volume_files import SUFFIXES, read_volume, stem

DICOM_SUFFIX = ".dcm"


@dataclass(frozen=True)
class Pair:
    """Where a case lies: a volume file or the folder of a DICOM series, and a volume file or a DICOM Segmentation."""

    name: str
    image: Path
    labels: Path


@dataclass(frozen=True)
class LabelledScan:
    """A scan and the label of each of its voxels; both arrays (x, y, z), to the left, the back and the head."""

    intensities: NDArray[np.float32]
    labels: NDArray[np.uint16]
    spacing_mm: tuple[float, float, float]


def find_pairs(images: Path, labels: Path) -> list[Pair]:
    """Every file, or folder of a DICOM series, in `images` with the file in `labels` that is named as it is.

    Raises SeriesError where there are none, and for an image without labels or labels without an image.
    """
    found = {name_of(path): path for path in entries(images) if path.is_dir() or path.name.endswith(SUFFIXES)}
    truths = {name_of(path): path for path in entries(labels) if path.name.endswith((*SUFFIXES, DICOM_SUFFIX))}
    if not found:
        raise SeriesError(f"{images}: no images: neither folders of DICOM series nor {', '.join(SUFFIXES)}")
    single = sorted(found.keys() ^ truths.keys())
    if single:
        named = ", ".join(single[:5])
        raise SeriesError(f"{images} and {labels}: images and labels are paired by name; single: {named}")
    return [Pair(name, found[name], truths[name]) for name in sorted(found)]


def read_pair(pair: Pair) -> LabelledScan:
    """Reads a case; raises SeriesError where a part cannot be read, labels are empty or grids differ."""
    image = read_image(pair.image)
    read = read_segmentation if pair.labels.name.endswith(DICOM_SUFFIX) else read_labels_on
    return LabelledScan(image.values.astype(np.float32), read(pair.labels, image.grid), image.grid.spacing_mm)


def read_image(path: Path) -> Volume:
    """A volume file, or the one DICOM series of a folder."""
    if not path.is_dir():
        return read_volume(path)
    scan = read_series(path)
    return Volume(scan.intensities, Grid.axial(scan.intensities.shape, scan.spacing_mm, scan.origin_mm))


def entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise SeriesError(f"{folder}: no such folder")
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def name_of(path: Path) -> str:
    """What an image and its labels have in common."""
    return path.name if path.is_dir() else stem(path).removesuffix(DICOM_SUFFIX)
