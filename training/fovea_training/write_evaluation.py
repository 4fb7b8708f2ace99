"""`write-evaluation`: a chest with implants, and as it is, as NIfTI files that `fovea evaluate` measures a model on.

The node then sees a whole scan and finds the lungs itself, as with any patient.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import nibabel
import numpy as np
from numpy.typing import NDArray

from fovea_training.data.chests import read_chest
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.hosts import Chest
from fovea_training.data.lung_mask import published_mask
from fovea_training.data.preprocessing import mask_box
from fovea_training.evaluate_development import place_implants

IGNORED = 65535
"""The label of voxels that count neither way."""


class Case(NamedTuple):
    """An image and its truth on the grid of the whole scan, (x, y, z)."""

    name: str
    hu: NDArray[np.int16]
    labels: NDArray[np.uint16]
    """The number of the lesion, `IGNORED` around real lesions that are not what is measured."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output", type=Path, help="folder for the files, NAME.nii.gz and NAME-labels.nii.gz")
    parser.add_argument("--host", required=True, help="cmb, fcp, or a folder with a DICOM series")
    parser.add_argument("--scans", type=int, default=4, help="copies of the host, each with its own implants (default 4)")
    parser.add_argument("--implants", type=int, default=8, help="per scan (default 8)")
    parser.add_argument("--seed", type=int, default=100)


def run(arguments: argparse.Namespace) -> int:
    try:
        chest = read_chest(arguments.host)
        arguments.output.mkdir(parents=True, exist_ok=True)
        for case in make_cases(chest, arguments.scans, arguments.implants, arguments.seed):
            write_case(arguments.output, case, chest.scan.spacing_mm)
            lesions = len(set(np.unique(case.labels)) - {0, IGNORED})
            print(f"{arguments.output / case.name}: {lesions} lesions", flush=True)
    except (SeriesError, OSError) as error:
        print(f"write-evaluation: {error}")
        return 1
    return 0


def make_cases(chest: Chest, scans: int, implants: int, seed: int) -> Iterator[Case]:
    """The whole scan as it is, with its real nodules as truth, and copies with implants."""
    name = Path(chest.name).name
    untouched = to_hounsfield(chest.scan.intensities)
    truth = np.where(chest.doubtful, IGNORED, chest.nodules.astype(np.uint16))
    yield Case(f"{name}-untouched", untouched, truth)
    host = chest.host()
    box = mask_box(published_mask(chest.lungs))
    for number in range(scans):
        canvas = place_implants(host, implants, np.random.default_rng([seed, number]))
        hu, labels = untouched.copy(), np.zeros(untouched.shape, np.uint16)
        hu[box] = np.where(canvas.image == host.hu, hu[box], to_hounsfield(canvas.image))
        labels[box] = np.where(host.ignored, IGNORED, canvas.labels.astype(np.uint16))
        yield Case(f"{name}-{seed}-{number + 1}", hu, labels)


def to_hounsfield(values: NDArray[np.float32]) -> NDArray[np.int16]:
    """Whole Hounsfield units, as a scanner stores them."""
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)


def write_case(folder: Path, case: Case, spacing_mm: tuple[float, float, float]) -> None:
    """Two NIfTI files; our axes run to the left, back and head, NIfTI's to the right, front and head."""
    affine = np.diag([-spacing_mm[0], -spacing_mm[1], spacing_mm[2], 1])
    for suffix, array in (("", case.hu), ("-labels", case.labels)):
        image = nibabel.Nifti1Image(array, affine)
        image.header.set_xyzt_units("mm")
        nibabel.save(image, folder / f"{case.name}{suffix}.nii.gz")
