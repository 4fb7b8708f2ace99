"""Recall over false positives and object Dice, on cases counted by hand."""

import numpy as np
import pytest

from fovea_training.metrics import Lesion, ScanResult, average_recall, score_scan, summarise


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
