"""A network on a whole volume in overlapping tiles, as the authors of LowRes run the networks of their comparison."""

from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


@torch.inference_mode()
def segment_in_tiles(
    network: nn.Module, image: NDArray[np.float32], tile: int, stride: int, margin: int = 0
) -> NDArray[np.float32]:
    """Logits of a preprocessed volume (x, y, z): the mean of the tiles that cover a voxel.

    `margin`: voxels at each end of a tile that the network takes in but has no logits for. The volume is padded around
    its middle with 0 to whole strides, and for the margin with its minimum. The authors average probabilities for the
    mask, and logits for the ranking; here logits serve for both.
    """
    device = next(network.parameters()).device
    padding = [padded_size(size, tile, stride) - size for size in image.shape]
    before = [count // 2 for count in padding]
    widths = [(low, count - low) for low, count in zip(before, padding, strict=True)]
    padded = np.pad(image, widths)
    source = torch.from_numpy(np.pad(padded, margin, constant_values=float(image.min())))
    total, covered = np.zeros(padded.shape, np.float32), np.zeros(padded.shape, np.float32)
    for corner in product(*(range(0, size - tile + 1, stride) for size in padded.shape)):
        wide = tuple(slice(start, start + tile + 2 * margin) for start in corner)
        own = tuple(slice(start, start + tile) for start in corner)
        total[own] += network(source[wide][None, None].to(device))[0, 0].float().cpu().numpy()
        covered[own] += 1
    inner = tuple(slice(low, low + size) for low, size in zip(before, image.shape, strict=True))
    return (total / covered)[inner]


def padded_size(size: int, tile: int, stride: int) -> int:
    """The least size from which on tiles at whole strides cover everything."""
    least = max(size, tile)
    return least + (tile - least) % stride
