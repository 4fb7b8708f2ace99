"""The losses, against their formulas."""

import math

import torch

from fovea_training.losses import adaptive_cross_entropy, box_loss, dice_loss, emptiness_loss


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


def test_dice_is_zero_for_a_perfect_box_and_one_for_a_missed_one():
    target = torch.zeros(1, 1, 8, 8, 8)
    target[..., 2:5, 2:5, 2:5] = 1
    weight = torch.ones_like(target)
    assert dice_loss(40 * target - 20, target, weight) < 1e-4
    assert dice_loss(-20 * torch.ones_like(target), target, weight) > 0.999


def test_emptiness_is_half_at_200_voxels():
    logits = torch.full((1, 1, 10, 10, 10), -30.0)
    logits.view(-1)[:200] = 30
    assert math.isclose(float(emptiness_loss(logits, torch.ones_like(logits))), 0.5, rel_tol=1e-5)


def test_the_box_loss_has_a_gradient_with_and_without_a_nodule():
    for target in (torch.zeros(1, 1, 8, 8, 8), torch.ones(1, 1, 8, 8, 8)):
        logits = torch.zeros_like(target, requires_grad=True)
        box_loss(logits, target, torch.ones_like(target)).backward()
        assert logits.grad is not None and bool(torch.isfinite(logits.grad).all()) and bool(logits.grad.any())
