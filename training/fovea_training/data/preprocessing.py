"""The published preprocessing of LowRes: crop to the mask, blank the rest, clip and scale."""

import numpy as np
from numpy.typing import NDArray

CROP_MARGIN = 5
"""Voxels around the box of the mask."""
CLIP_LOW_HU = -1000.0
CLIP_HIGH_HU = 300.0
Box = tuple[slice, slice, slice]


def mask_box(mask: NDArray[np.bool_], margin: int = CROP_MARGIN) -> Box:
    """The bounding box of the mask, widened by `margin` voxels and cut at the borders of the array."""
    if not mask.any():
        raise ValueError("the lung mask is empty: no lungs in this scan")
    box = []
    for axis in range(3):
        hit = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        box.append(slice(max(int(hit[0]) - margin, 0), min(int(hit[-1]) + 1 + margin, mask.shape[axis])))
    return box[0], box[1], box[2]


def blank_outside(hu: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The image with its own minimum outside of the mask."""
    return np.where(mask, hu, hu.min())


def to_network(hu: NDArray[np.float32]) -> NDArray[np.float32]:
    """Clips -1000..300 HU and scales it to 0..1."""
    return (np.clip(hu, CLIP_LOW_HU, CLIP_HIGH_HU) - CLIP_LOW_HU) / (CLIP_HIGH_HU - CLIP_LOW_HU)
