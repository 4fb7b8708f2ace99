"""Recall over false positives and object Dice, on cases counted by hand."""

import numpy as np
import pytest
from scipy import ndimage

from fovea_training.inference import CONNECTIVITY_26
from fovea_training.metrics import FALSE_POSITIVE_RATES, Lesion, ScanResult, average_recall, score_scan, summarise


def field() -> tuple[np.ndarray, np.ndarray]:
    """Two lesions of 27 voxels; one found exactly with logit 5, one missed; a false positive with logit 3."""
    logits, truth = np.full((20, 20, 20), -30, np.float32), np.zeros((20, 20, 20), np.uint8)
    truth[2:5, 2:5, 2:5] = 1
    truth[12:15, 12:15, 12:15] = 2
    logits[2:5, 2:5, 2:5] = 5
    logits[2:4, 15:17, 2:4] = 3
    return logits, truth


def test_a_scan_is_scored_by_components():
    logits, truth = field()
    result = score_scan(logits, truth, np.zeros(truth.shape, bool), voxel_ml=0.001)
    assert [lesion.score for lesion in result.lesions] == [5.0, None]
    assert result.lesions[0].dice == 1.0
    assert result.false_positives == [3.0]


def test_small_and_ignored_components_count_neither_way():
    logits, truth = field()
    ignored = np.zeros(truth.shape, bool)
    assert score_scan(logits, truth, ignored, 0.001, minimum_ml=0.01).false_positives == []
    ignored[2, 15, 2] = True
    assert score_scan(logits, truth, ignored, 0.001).false_positives == []


def test_average_recall_is_the_area_under_a_step_curve():
    lesions = [Lesion(5, 4.0, 0.8), Lesion(5, 2.0, 0.8), Lesion(5, None, None), Lesion(5, None, None)]
    result = ScanResult(lesions, false_positives=[3.0])
    # recall 1/4 without a false positive, 2/4 from one per scan on
    expected = (100 * 0.25 + 401 * 0.5) / 501
    assert average_recall([result]) == pytest.approx(expected)


def test_recall_without_lesions_is_an_error():
    with pytest.raises(ValueError, match="no lesions"):
        average_recall([ScanResult()])


def test_the_summary_holds_the_figures_by_size():
    figures = summarise([ScanResult([Lesion(5, 4.0, 0.8), Lesion(12, None, None)], [1.0, 2.0])])
    assert figures["recall"] == 0.5 and figures["object_dice"] == 0.8
    assert figures["false_positives_per_scan"] == 2 and figures["recall_0_to_6_mm"] == 1


def blobs(rng: np.random.Generator, count: int) -> np.ndarray:
    field = np.zeros((24, 24, 24), bool)
    for corner in rng.integers(0, 20, (count, 3)):
        field[tuple(slice(low, low + rng.integers(1, 5)) for low in corner)] = True
    return field


def test_average_recall_and_object_dice_are_those_of_the_definition():
    """A component counts from its highest logit on; it is false where it touches no lesion; a lesion is found where a
    component that counts touches it. Recall is averaged over 0 to 5 false positives per scan in steps of 0.01."""
    rng = np.random.default_rng(3)
    scans = []
    for _ in range(4):
        truth, _ = ndimage.label(blobs(rng, 5), CONNECTIVITY_26)
        logits = np.where(blobs(rng, 12), rng.normal(3, 2, truth.shape), -30).astype(np.float32)
        logits[logits < 0] = -30
        scans.append((logits, truth))
    results = [score_scan(logits, truth, np.zeros(truth.shape, bool), 0.001) for logits, truth in scans]

    lesions = sum(int(truth.max()) for _, truth in scans)
    points, dices = [(0.0, 0.0)], []
    for threshold in np.unique(np.concatenate([logits[logits > 0] for logits, _ in scans])):
        false = found = 0
        for logits, truth in scans:
            components, count = ndimage.label(logits > 0, CONNECTIVITY_26)
            kept = np.isin(components, [n for n in range(1, count + 1) if logits[components == n].max() >= threshold])
            false += sum(not truth[(components == n) & kept].any() for n in np.unique(components[kept]))
            found += sum(kept[truth == n].any() for n in range(1, int(truth.max()) + 1))
        points.append((false / len(scans), found / lesions))
    expected = np.mean([max(recall for rate, recall in points if rate <= limit) for limit in FALSE_POSITIVE_RATES])
    assert average_recall(results) == pytest.approx(expected)

    for logits, truth in scans:
        components, count = ndimage.label(logits > 0, CONNECTIVITY_26)
        for n in range(1, int(truth.max()) + 1):
            overlaps = [((truth == n) & (components == m)).sum() for m in range(1, count + 1)]
            sizes = [(truth == n).sum() + (components == m).sum() for m in range(1, count + 1)]
            if max(overlaps, default=0):
                dices.append(max(2 * both / size for both, size in zip(overlaps, sizes, strict=True)))
    assert summarise(results)["object_dice"] == pytest.approx(np.mean(dices), abs=1e-4)
