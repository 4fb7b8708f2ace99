"""The losses of LowRes: the published ones of both stages, and what stage 2 learns from in a short schedule."""

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


def sample_dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """1 - 2 sum(pt) / sum(p^2 + t^2), the mean over the samples of a batch, as published for stage 2 and the baselines.

    An empty target gives 1 and no gradient.
    """
    p, t = torch.sigmoid(logits).flatten(1), target.flatten(1)
    return 1 - (2 * (p * t).sum(1) / ((p * p + t * t).sum(1) + 1e-7)).mean()


def emptiness_loss(logits: Tensor, weight: Tensor, softness: float = 200.0) -> Tensor:
    """sum(p^2) / (sum(p^2) + 200) over one box without a lesion: without it boxes break up along vessels."""
    mass = ((torch.sigmoid(logits) * weight) ** 2).sum()
    return mass / (mass + softness)


def detection_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy of a box's score, the highest logit: in its lesion, or anywhere where it has none.

    Findings are ranked by that score, of which the losses of voxels take no notice; and Dice has no gradient where a
    lesion is missed altogether, as small ones are.
    """
    has_lesion = bool((target > 0).any())
    score = logits[target > 0].max() if has_lesion else (logits * weight + (weight - 1) * 30).max()
    return F.softplus(-score if has_lesion else score)


def box_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Stage 2's loss of one box: Dice, or emptiness where there is no lesion; twice the cross-entropy; half the detection."""
    voxels = F.binary_cross_entropy_with_logits(logits, target, weight)
    counted = logits * weight + (weight - 1) * 30
    shape = sample_dice_loss(counted, target) if bool((target > 0).any()) else emptiness_loss(logits, weight)
    return shape + 2 * voxels + 0.5 * detection_loss(logits, target, weight)


def batch_dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """1 - (2 sum(pt) + 1) / (sum p + sum t + 1) over the whole batch, as Segment-then-Segment has it."""
    p = torch.sigmoid(logits)
    return 1 - (2 * (p * target).sum() + 1) / (p.sum() + target.sum() + 1)
