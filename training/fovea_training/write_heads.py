"""`write-heads`: synthetic heads from maps that training never saw, as NIfTI files for `fovea evaluate`.

CT is in HU and MR in arbitrary units, both as a scanner would give them: the node does all of the preprocessing. With
`--stripped` there is also the one real head at hand that has labels, a T1 without its skull.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.head_maps import HELD_OUT, MAPS, load_head_map, load_stripped_head
from fovea_training.data.nifti_files import write_nifti
from fovea_training.synthesis.heads import CT, MR, HeadSynthesis, Raster, Stack

RASTER = Raster(size=256, pixel_mm=1.0)
SIGNAL = 1000
"""What a signal of 1 is written as."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output", type=Path, help="folder for MODALITY-NUMBER.nii.gz and MODALITY-NUMBER-labels.nii.gz")
    parser.add_argument(
        "--maps", type=int, nargs="+", choices=MAPS, default=HELD_OUT, help="label maps (default: those held out)"
    )
    parser.add_argument("--heads", type=int, default=10, help="of each modality (default 10)")
    parser.add_argument("--seed", type=int, default=500)
    parser.add_argument("--stripped", action="store_true", help="write the real head without its skull as well")


def run(arguments: argparse.Namespace) -> int:
    try:
        heads = HeadSynthesis([load_head_map(number) for number in arguments.maps])
        arguments.output.mkdir(parents=True, exist_ok=True)
        for modality in (CT, MR):
            for number in range(arguments.heads):
                rng = np.random.default_rng([arguments.seed, modality == MR, number])
                name = f"{modality.lower()}-{number + 1:02d}"
                write_head(arguments.output, name, heads.draw_whole(rng, modality, RASTER))
                print(arguments.output / name, flush=True)
        if arguments.stripped:
            image, target = load_stripped_head()
            write_pair(arguments.output, "mr-stripped", image.values, target, image.grid.spacing_mm)
    except (SeriesError, OSError) as error:
        print(f"write-heads: {error}")
        return 1
    return 0


def write_head(folder: Path, name: str, head: Stack) -> None:
    spacing = (RASTER.pixel_mm, RASTER.pixel_mm, head.spacing_mm)
    images = head.images if head.modality == CT else head.images * SIGNAL
    write_pair(folder, name, np.rint(images).T, head.targets.T, spacing)


def write_pair(
    folder: Path, name: str, image: NDArray, target: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> None:
    """The image and its intracranial space, both (x, y, z)."""
    write_nifti(folder / f"{name}.nii.gz", image.astype(np.float32), spacing_mm)
    write_nifti(folder / f"{name}-labels.nii.gz", target, spacing_mm)
