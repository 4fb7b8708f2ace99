"""Detection and segmentation figures as LowRes reports them: recall over false positives, object Dice.

A predicted component's score is its highest logit; it is false where it touches no lesion, and a lesion is found where a
component touches it. Where several do, the lesion has the highest of their scores, as that definition says; the authors' code
takes the score of the one that overlaps it best, which can only be lower. How they join the points of the curve is not known.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.inference import CONNECTIVITY_26

FALSE_POSITIVE_RATES = np.arange(0, 5.005, 0.01)
"""Per scan: where the average recall is taken."""


@dataclass(frozen=True)
class Lesion:
    """A true nodule and what was found of it."""

    diameter_mm: float
    """Of the sphere of equal volume."""
    score: float | None
    """The highest logit of the components that touch it; None where it was missed."""
    dice: float | None
    """With the component that overlaps it best."""


@dataclass
class ScanResult:
    """One scan's lesions, and the scores of the components that touch none."""

    lesions: list[Lesion] = field(default_factory=list)
    false_positives: list[float] = field(default_factory=list)


def score_scan(
    logits: NDArray[np.float32],
    truth: NDArray[np.integer],
    ignored: NDArray[np.bool_],
    voxel_ml: float,
    minimum_ml: float = 0.0,
) -> ScanResult:
    """Compares the components of `logits` > 0 with the numbered lesions of `truth`; all arrays (x, y, z).

    Components below `minimum_ml` are dropped first, and those that touch `ignored` count neither way.
    """
    found, count = ndimage.label(logits > 0, CONNECTIVITY_26)
    sizes = np.bincount(found.ravel(), minlength=count + 1)
    scores = np.array([-np.inf, *ndimage.maximum(logits, found, np.arange(1, count + 1))])
    valid = sizes * voxel_ml >= minimum_ml
    valid[0] = False
    touching = np.zeros(count + 1, bool)
    result = ScanResult()
    for number in range(1, int(truth.max()) + 1):
        lesion = truth == number
        hits = np.bincount(found[lesion], minlength=count + 1) * valid
        touching |= hits > 0
        result.lesions.append(score_lesion(int(lesion.sum()), hits, sizes, scores, voxel_ml))
    touching[np.unique(found[ignored])] = True
    result.false_positives = [float(score) for score in scores[valid & ~touching]]
    return result


def score_lesion(
    size: int, hits: NDArray[np.integer], sizes: NDArray[np.integer], scores: NDArray[np.floating], voxel_ml: float
) -> Lesion:
    """A lesion of `size` voxels, of which each component covers `hits`."""
    diameter = float(np.cbrt(6 * size * voxel_ml * 1000 / np.pi))
    if not hits.any():
        return Lesion(diameter, None, None)
    dice = 2 * hits / (size + sizes)
    return Lesion(diameter, float(scores[hits > 0].max()), float(dice.max()))


def average_recall(results: list[ScanResult]) -> float:
    """Mean recall at 0 to 5 false positives per scan in steps of 0.01: a step curve through the origin."""
    lesions = [lesion for result in results for lesion in result.lesions]
    if not lesions:
        raise ValueError("no lesions: recall is not defined")
    found = sorted((lesion.score for lesion in lesions if lesion.score is not None), reverse=True)
    false = np.sort([score for result in results for score in result.false_positives])
    rates = np.array([(false.size - np.searchsorted(false, score, side="left")) / len(results) for score in found])
    recalls = np.arange(1, len(found) + 1) / len(lesions)
    steps = [recalls[rates <= rate].max(initial=0.0) for rate in FALSE_POSITIVE_RATES]
    return float(np.mean(steps))


def summarise(results: list[ScanResult]) -> dict[str, float]:
    """The figures of a set of scans, over all sizes and by size."""
    lesions = [lesion for result in results for lesion in result.lesions]
    dices = [lesion.dice for lesion in lesions if lesion.dice is not None]
    figures = {
        "lesions": len(lesions),
        "average_recall": average_recall(results),
        "recall": len(dices) / len(lesions),
        "false_positives_per_scan": sum(len(result.false_positives) for result in results) / len(results),
        "object_dice": float(np.mean(dices)) if dices else 0.0,
    }
    for low, high in ((0, 6), (6, 10), (10, 40)):
        sized = [lesion for lesion in lesions if low <= lesion.diameter_mm < high]
        hit = sum(lesion.score is not None for lesion in sized)
        figures[f"recall_{low}_to_{high}_mm"] = hit / len(sized) if sized else float("nan")
    return {name: round(value, 4) for name, value in figures.items()}

