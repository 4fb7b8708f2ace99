"""The chest scans at hand: where each lies, its licence, its lungs and its known real nodules."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fovea_training.data.dicom_series import Scan, SeriesError, read_series
from fovea_training.data.hosts import Chest
from fovea_training.data.labels import read_labels
from fovea_training.data.lung_mask import compute_cropped_lung_mask, compute_lung_mask
from fovea_training.data.preprocessing import mask_box


@dataclass(frozen=True)
class ChestSource:
    """A set of the test data that may be trained on, with the credit that its licence asks for."""

    folder: str
    licence: str
    credit: str
    series: str = "dicom"
    nodule_labels: str | None = None
    doubtful: tuple[tuple[int, int, int, float], ...] = ()
    """Real lesions that nobody outlined: voxel (x, y, z) of the centre of a sphere around each, and its radius in mm."""
    cropped: bool = False
    """Whether the scan is a crop from inside the body."""


SOURCES = {
    "cmb": ChestSource(
        "ct_chest_cmbcrc",
        "CC BY 4.0",
        "The Cancer Imaging Archive, Cancer Moonshot Biobank - Colorectal Cancer (CMB-CRC), CMB-CRC-MSB-01068",
        nodule_labels="labels/nodule_helper.nii.gz",
    ),
    "fcp": ChestSource(
        "ct_chest_lungfcp01",
        "CC BY",
        "The Cancer Imaging Archive, Lung Fused-CT-Pathology, LungFCP-01-0001",
        # Seen by eye: a subsolid nodule of 13 mm in the right apex, scars in the left one.
        doubtful=((182, 287, 63, 11.0), (341, 275, 66, 16.0)),
    ),
    "hila": ChestSource(
        "ct_aorta_totalseg_1p5mm",
        "Apache License 2.0",
        "TotalSegmentator test data (wasserth/TotalSegmentator), pulmonary artery crop",
        series="dicom_converted_pulmonary",
        cropped=True,
    ),
    "aorta": ChestSource(
        "ct_aorta_totalseg_1p5mm",
        "Apache License 2.0",
        "TotalSegmentator test data (wasserth/TotalSegmentator), aorta crop",
        series="dicom_converted_aorta",
        cropped=True,
    ),
}


def data_directory() -> Path:
    """$FOVEA_TEST_DATA, or ~/.cache/fovea-test-data."""
    return Path(os.environ.get("FOVEA_TEST_DATA", Path.home() / ".cache" / "fovea-test-data"))


def load_chest(name: str) -> Chest:
    """A chest as `read_chest` reads it, cut to the lungs in x and y."""
    whole = read_chest(name)
    box = (*mask_box(whole.lungs, margin=32)[:2], slice(None))
    scan = Scan(whole.scan.intensities[box], whole.scan.spacing_mm)
    return Chest(name, scan, whole.lungs[box], whole.nodules[box], whole.doubtful[box])


def read_chest(name: str) -> Chest:
    """Reads one of `SOURCES`, or a folder with a DICOM series; raises SeriesError where it is missing."""
    source = SOURCES.get(name) or ChestSource(name, licence="given by the user", credit=name, series=".")
    folder = data_directory() / source.folder
    scan = read_series(folder / source.series)
    shape = scan.intensities.shape
    nodules = np.zeros(shape, np.bool_)
    if source.nodule_labels:
        nodules = read_labels(folder / source.nodule_labels, shape) > 0
    compute = compute_cropped_lung_mask if source.cropped else compute_lung_mask
    lungs = compute(scan.intensities, scan.spacing_mm) | nodules
    if not lungs.any():
        raise SeriesError(f"{folder}: no lungs found in this series")
    return Chest(name, scan, lungs, nodules, spheres(scan, source.doubtful))


def spheres(scan: Scan, places: tuple[tuple[int, int, int, float], ...]) -> NDArray[np.bool_]:
    """The voxels of a scan within a radius in mm of one of the voxels given."""
    inside = np.zeros(scan.intensities.shape, np.bool_)
    axes = [np.arange(size) * step for size, step in zip(inside.shape, scan.spacing_mm, strict=True)]
    for *centre, radius in places:
        x, y, z = (axis - axis[index] for axis, index in zip(axes, centre, strict=True))
        inside |= x[:, None, None] ** 2 + y[:, None] ** 2 + z**2 <= radius**2
    return inside
