"""The losses of LowRes: the published adaptive cross-entropy of stage 1, and Dice with its companions of stage 2."""

import torch
from torch import Tensor
from torch.nn import functional as F


def adaptive_cross_entropy(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy whose positive weight balances the predicted foreground against the background.

    w = (N - sum p) / sum p over the whole batch, as published (w takes part in the gradient). All tensors have one
    shape; `weight` 0 leaves a cell out of everything.
    """
    total = weight.sum().clamp_min(1)
    foreground = (torch.sigmoid(logits) * weight).sum().clamp_min(1e-3)
    balance = (total - foreground) / foreground
    terms = -balance * target * F.logsigmoid(logits) - (1 - target) * F.logsigmoid(-logits)
    return (terms * weight).sum() / total


def dice_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """1 - 2 sum(pt) / sum(p^2 + t^2) over one box with a nodule."""
    p = torch.sigmoid(logits) * weight
    return 1 - 2 * (p * target).sum() / ((p * p + target * target).sum() + 1e-7)


def emptiness_loss(logits: Tensor, weight: Tensor, softness: float = 200.0) -> Tensor:
    """sum(p^2) / (sum(p^2) + 200) over one box without a nodule: without it boxes break up along vessels."""
    mass = ((torch.sigmoid(logits) * weight) ** 2).sum()
    return mass / (mass + softness)


def ranking_loss(logits: Tensor, target: Tensor, weight: Tensor, count: int = 8) -> Tensor:
    """Cross-entropy of a box's score (the mean of its highest logits) against whether it holds a nodule.

    A finding is ranked by its highest score, which voxel-wise losses hardly order between boxes.
    """
    scores = torch.where(weight > 0, logits, torch.full_like(logits, -30.0)).flatten()
    score = scores.topk(count).values.mean()
    return F.binary_cross_entropy_with_logits(score, (target > 0).any().to(score.dtype))


def box_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Stage 2's loss of one box: Dice (or emptiness), twice the cross-entropy, half the ranking term."""
    voxels = F.binary_cross_entropy_with_logits(logits, target, weight)
    shape = dice_loss(logits, target, weight) if bool((target > 0).any()) else emptiness_loss(logits, weight)
    return shape + 2 * voxels + 0.5 * ranking_loss(logits, target, weight)
