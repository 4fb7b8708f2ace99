"""The losses, against their formulas."""

import math

import torch

from fovea_training.losses import adaptive_cross_entropy, box_loss, detection_loss, emptiness_loss


def test_adaptive_cross_entropy_is_the_published_formula():
    logits, target = torch.tensor([0.0, 0.0, 2.0, -1.0]), torch.tensor([1.0, 0.0, 1.0, 0.0])
    p = torch.sigmoid(logits)
    balance = (4 - p.sum()) / p.sum()
    expected = torch.mean(-balance * target * p.log() - (1 - target) * (1 - p).log())
    assert torch.isclose(adaptive_cross_entropy(logits, target, torch.ones(4)), expected)


def test_cells_of_weight_zero_change_nothing():
    target, weight = torch.tensor([1.0, 0.0, 1.0]), torch.tensor([1.0, 1.0, 0.0])
    losses = [adaptive_cross_entropy(torch.tensor([0.3, -0.2, other]), target, weight) for other in (-9.0, 9.0)]
    assert torch.equal(*losses)


def test_emptiness_is_a_half_where_200_voxels_are_filled():
    logits = torch.full((1, 1, 10, 10, 10), -30.0)
    logits.view(-1)[:200] = 30
    assert math.isclose(float(emptiness_loss(logits, torch.ones_like(logits))), 0.5, rel_tol=1e-5)


def test_a_missed_lesion_still_pulls_at_its_voxels():
    target = torch.zeros(1, 1, 8, 8, 8)
    target[..., 2:5, 2:5, 2:5] = 1
    missed = torch.full_like(target, -8).requires_grad_()
    box_loss(missed, target, torch.ones_like(target)).backward()
    assert float(missed.grad[target > 0].sum()) < -0.5


def test_what_is_left_out_of_a_box_changes_nothing():
    target, weight = torch.zeros(1, 1, 8, 8, 8), torch.ones(1, 1, 8, 8, 8)
    target[..., 2:5, 2:5, 2:5] = 1
    weight[..., 6:] = 0
    losses = [box_loss(torch.where(weight > 0, target - 0.5, other), target, weight) for other in (-9.0, 9.0)]
    assert torch.isclose(*losses)


def test_detection_is_the_cross_entropy_of_the_highest_logit_that_counts():
    logits, weight = torch.tensor([3.0, -1.0, 9.0]), torch.tensor([1.0, 1.0, 0.0])
    score = torch.tensor([math.log1p(math.exp(3.0)), math.log1p(math.exp(1.0))])
    assert torch.isclose(detection_loss(logits, torch.zeros(3), weight), score[0])
    assert torch.isclose(detection_loss(logits, torch.tensor([0.0, 1.0, 0.0]), weight), score[1])


def test_the_box_loss_has_a_gradient_with_and_without_a_nodule():
    for target in (torch.zeros(1, 1, 8, 8, 8), torch.ones(1, 1, 8, 8, 8)):
        logits = torch.zeros_like(target, requires_grad=True)
        box_loss(logits, target, torch.ones_like(target)).backward()
        assert logits.grad is not None and bool(torch.isfinite(logits.grad).all()) and bool(logits.grad.any())
