"""LowRes's published sampling of prepared patients: by number of lesions, half of the patches around one."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.prepared import PreparedCase, list_cases
from fovea_training.runs import add_run_arguments
from fovea_training.synthesis.patches import SIDE, Patch, cut

LESION_PROBABILITY = 0.5
"""Of a patch whose centre is a random voxel of a random lesion."""
TRAINING_SUBSETS = tuple(range(8))
"""Of LUNA16; the other two are the hold-out."""


@dataclass(frozen=True)
class PatientSampler:
    """A prepared patient, who is drawn as often as there are lesions in the scan."""

    case: PreparedCase
    side: int = SIDE
    """Voxels of the image patch per axis."""
    margin: int = 0
    """Voxels at each end by which the target is smaller."""

    @property
    def share(self) -> float:
        return float(self.case.facts["lesions"])

    @cached_property
    def image(self) -> NDArray[np.float16]:
        """(x, y, z), 0 to 1."""
        return self.case.array("image")

    @cached_property
    def lesions(self) -> list[NDArray[np.int32]]:
        """The voxels (n, 3) of each lesion."""
        voxels = np.array(self.case.array("lesions"))
        return [voxels[voxels[:, 3] == number, :3] for number in range(1, int(voxels[:, 3].max()) + 1)]

    def draw(self, rng: np.random.Generator, implant_probability: float = 0) -> Patch:
        """A patch with what the readers marked in it; nothing is implanted."""
        around = rng.random() < LESION_PROBABILITY
        start = (self.lesion_voxel(rng) if around else self.fitting_centre(rng)) - self.side // 2
        image = cut(self.image, start, self.case.facts["minimum"], self.side).astype(np.float32)
        target = np.zeros((self.side - 2 * self.margin,) * 3, np.float32)
        voxels = np.concatenate(self.lesions) - (start + self.margin)
        inside = voxels[((voxels >= 0) & (voxels < target.shape)).all(axis=1)]
        target[tuple(inside.T)] = 1
        return Patch(image, target, np.ones_like(target))

    def lesion_voxel(self, rng: np.random.Generator) -> NDArray[np.integer]:
        voxels = self.lesions[rng.integers(len(self.lesions))]
        return voxels[rng.integers(len(voxels))]

    def fitting_centre(self, rng: np.random.Generator) -> NDArray[np.integer]:
        """Such that the patch lies in the image, or in the middle where it is larger."""
        half = self.side // 2
        return np.array([
            rng.integers(half, size - half + 1) if size > self.side else size // 2 for size in self.image.shape
        ])  # fmt: skip


def prepared_patients(folder: Path, subsets: Sequence[int]) -> list[PreparedCase]:
    """The prepared patients with lesions; raises SeriesError for none, or where one cannot be read."""
    cases = [case for case in list_cases(folder, subsets) if case.facts.get("lesions")]
    for case in cases:
        case.array("image"), case.array("lesions")
    if not cases:
        raise SeriesError(f"{folder}: no patient of subsets {list(subsets)} has lesions: prepare others")
    return cases


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of all commands that train on prepared patients."""
    add_run_arguments(parser)
    parser.add_argument("prepared", type=Path, help="folder that `prepare luna16` or `prepare pairs` wrote")
    parser.add_argument(
        "--subsets", type=int, nargs="+", default=TRAINING_SUBSETS,
        help="of LUNA16 (default 0 to 7; 0 to 5 while choosing by 6 and 7)",
    )  # fmt: skip


def describe(cases: list[PreparedCase], arguments: argparse.Namespace) -> dict:
    """What run.json says of the data."""
    return {
        "data": sorted({case.facts["dataset"] for case in cases}), "seed": arguments.seed,
        "lesions": sum(case.facts["lesions"] for case in cases), "cases": [case.name for case in cases],
    }  # fmt: skip
