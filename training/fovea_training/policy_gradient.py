"""How AutoPath's policy network learns: reward of each voxel, self-critical policy gradient, bounds, curriculum.

Source: Sun et al., "AutoPath" (2020) and the authors' code. A path is a row of booleans, one per residual block; True
keeps it.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

ALPHA = 0.8
"""Keep probabilities are drawn towards 0.5, to 1 - ALPHA ... ALPHA, so that every block goes on being tried both
ways."""
BETA = 0.1
"""Weight of the entropy."""
TAU = 50.0
"""What a wrong voxel costs."""
SMOOTHING = 1.0
"""e of the voxel Dice coefficient."""


def voxel_dice(predicted: Tensor, target: Tensor) -> Tensor:
    """(2 y y' + e) / (y + y' + e): 1 at a right voxel, 1/2 at a wrong one. Both are 0 or 1."""
    return (2 * predicted * target + SMOOTHING) / (predicted + target + SMOOTHING)


def reward(predicted: Tensor, target: Tensor, paths: Tensor, tau: float = TAU) -> Tensor:
    """Of each image (B,): the mean over voxels of 1 - u^2 where the mask is right, -tau where it is wrong; u is the
    share of blocks that its path keeps.

    Masks are (B, ...) with 0 or 1, paths (B, blocks).
    """
    right = voxel_dice(predicted.float(), target.float()).eq(1).flatten(1)
    saved = 1 - paths.float().mean(dim=1, keepdim=True) ** 2
    return torch.where(right, saved, torch.full_like(saved, -tau)).mean(dim=1)


def bounded(keep: Tensor, alpha: float = ALPHA) -> Tensor:
    """Keep probabilities between 1 - alpha and alpha."""
    return alpha * keep + (1 - alpha) * (1 - keep)


def open_blocks(step: int, steps_per_block: int, blocks: int) -> Tensor:
    """The curriculum: which blocks (blocks,) the policy decides on; the last at first, then one more every so many
    steps.

    All others are kept and teach nothing.
    """
    count = min(blocks, 1 + step // steps_per_block)
    return torch.arange(blocks) >= blocks - count


def greedy_path(keep: Tensor, is_open: Tensor) -> Tensor:
    """What the policy itself would do: the baseline that a sampled path is held against."""
    return (keep >= 0.5) | ~is_open


def sampled_path(keep: Tensor, is_open: Tensor, uniform: Tensor, alpha: float = ALPHA) -> Tensor:
    """A path drawn with bounded probabilities; `uniform`, of the shape of `keep`, is the chance."""
    return (uniform < bounded(keep, alpha)) | ~is_open


def policy_loss(
    keep: Tensor, path: Tensor, advantage: Tensor, is_open: Tensor, alpha: float = ALPHA, beta: float = BETA
) -> Tensor:
    """The mean over images of -A sum log Bern(a; p') - beta sum(-p' log p'), over the open blocks.

    `keep` and `path` are (B, blocks); `advantage` (B,) is R(path) - R(greedy path), without gradient. The entropy has
    its published half, that of keeping.
    """
    p = bounded(keep, alpha)
    log_likelihood = -F.binary_cross_entropy(p, path.float(), reduction="none")
    terms = advantage[:, None] * log_likelihood - beta * p * torch.log(p)
    return -(terms * is_open).sum(dim=1).mean()
