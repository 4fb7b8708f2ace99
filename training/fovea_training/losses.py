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


def box_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Stage 2's loss of one box: Dice, or emptiness where there is no nodule, and twice the cross-entropy."""
    voxels = F.binary_cross_entropy_with_logits(logits, target, weight)
    shape = dice_loss(logits, target, weight) if bool((target > 0).any()) else emptiness_loss(logits, weight)
    return shape + 2 * voxels
