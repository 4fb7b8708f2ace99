"""`write-metastases`: heads with implanted lesions as NIfTI files that `fovea evaluate` measures a model on.

The heads are synthetic ones of label maps that training never saw, or a real one, which is also written as it is.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fovea_training.data.contrast_maps import load_contrast_map, some_places
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.head_maps import HELD_OUT
from fovea_training.data.nifti_files import write_nifti
from fovea_training.data.real_heads import SOURCES, RealHead, load_real_head
from fovea_training.synthesis.bodies import Array, Spacing
from fovea_training.synthesis.contrast_heads import SPACING_MM, ContrastHeads, scan
from fovea_training.synthesis.head_patches import SYNTHETIC, add_lesion, new_canvas
from fovea_training.synthesis.implants import Canvas
from fovea_training.synthesis.metastases import DIAMETERS_MM
from fovea_training.write_evaluation import IGNORED

SIGNAL = 500
"""What white matter's signal of about 1 is written as."""
ATTEMPTS = 200


class Case(NamedTuple):
    """An image and its truth, (x, y, z)."""

    name: str
    signal: Array
    labels: NDArray[np.uint16]
    """The number of the lesion, `IGNORED` around a real lesion."""
    spacing_mm: Spacing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output", type=Path, help="folder for the files, NAME.nii.gz and NAME-labels.nii.gz")
    hosts = (SYNTHETIC, *SOURCES)
    parser.add_argument("--host", choices=hosts, required=True, help="held-out synthetic heads, or a real one")
    parser.add_argument("--scans", type=int, default=4, help="heads, or copies of the real one (default 4)")
    parser.add_argument("--implants", type=int, default=8, help="per scan (default 8)")
    parser.add_argument("--seed", type=int, default=100)


def run(arguments: argparse.Namespace) -> int:
    make = synthetic_cases if arguments.host == SYNTHETIC else real_cases
    try:
        arguments.output.mkdir(parents=True, exist_ok=True)
        for case in make(arguments):
            write_nifti(arguments.output / f"{case.name}.nii.gz", np.rint(case.signal), case.spacing_mm)
            write_nifti(arguments.output / f"{case.name}-labels.nii.gz", case.labels, case.spacing_mm)
            lesions = len(set(np.unique(case.labels)) - {0, IGNORED})
            print(f"{arguments.output / case.name}: {lesions} lesions", flush=True)
    except (SeriesError, OSError) as error:
        print(f"write-metastases: {error}")
        return 1
    return 0


def synthetic_cases(arguments: argparse.Namespace) -> Iterator[Case]:
    """Heads of the held-out maps in turn, each deformed and painted anew."""
    heads = [ContrastHeads(load_contrast_map(number), arguments.seed) for number in HELD_OUT]
    for number in range(arguments.scans):
        rng = np.random.default_rng([arguments.seed, number])
        head = heads[number % len(heads)].whole(rng)
        spacing = (SPACING_MM,) * 3
        canvas = new_canvas(head.image, head.intracranial, np.zeros(head.image.shape, np.bool_), spacing)
        place_lesions(canvas, some_places(head.parenchyma, rng), head.white_matter, arguments.implants, rng)
        image = scan(canvas.image, head.white_matter, rng) * SIGNAL
        yield Case(f"synthetic-{arguments.seed}-{number + 1}", image, canvas.labels.astype(np.uint16), spacing)


def real_cases(arguments: argparse.Namespace) -> Iterator[Case]:
    """The head as it is, and copies with implants."""
    head = load_real_head(arguments.host)
    nothing = np.zeros(head.signal.shape, np.uint16)
    yield Case(f"{head.name}-untouched", head.signal, np.where(head.ignored, IGNORED, nothing), head.spacing_mm)
    for number in range(arguments.scans):
        canvas = implanted_copy(head, arguments.implants, np.random.default_rng([arguments.seed, number]))
        labels = np.where(head.ignored, IGNORED, canvas.labels.astype(np.uint16))
        yield Case(f"{head.name}-{arguments.seed}-{number + 1}", canvas.image, labels, head.spacing_mm)


def implanted_copy(head: RealHead, implants: int, rng: np.random.Generator) -> Canvas:
    canvas = new_canvas(head.signal.copy(), head.intracranial, head.ignored, head.spacing_mm)
    place_lesions(canvas, some_places(head.parenchyma, rng), head.white_matter, implants, rng)
    return canvas


def place_lesions(
    canvas: Canvas, places: NDArray[np.intp], white_matter: float, count: int, rng: np.random.Generator
) -> None:
    """`count` lesions, their sizes spread evenly over the logarithm of 2 to 30 mm."""
    edges = np.geomspace(*DIAMETERS_MM, count + 1)
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        for _ in range(ATTEMPTS):
            if add_lesion(canvas, places, float(rng.uniform(low, high)), white_matter, rng):
                break
