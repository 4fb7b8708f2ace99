"""Where the fine network of Segment-then-Segment looks, as the node computes it: squares or cubes with context.

A box is a tuple of slices, one per axis of the mask: (y, x) or (z, y, x).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Box = tuple[slice, ...]
Shape = tuple[int, ...]
OVERLAP_TO_MERGE = 0.5
"""Cubes of which the smaller shares more than this with the other become one (3-D only, ours, to cap the cost)."""
SMALLEST_SIDE = 5
"""Of a box that was jittered and widened; below this it is dropped, as published."""


def context_of(input_size: int) -> int:
    """Pixels of the image added around a box on every side: an eighth of the input size."""
    return input_size // 8


def tight_boxes(mask: NDArray[np.bool_]) -> list[Box]:
    """The box of each component; pixels that touch at a corner are connected."""
    labels, _ = ndimage.label(mask, np.ones((3,) * mask.ndim))
    return ndimage.find_objects(labels)


def widen(box: Box, context: int, shape: Shape) -> Box:
    """The square or cube of the longest side around `box` plus the context, shifted into the image.

    Where it is larger than the image it is cut to it; the published code drops such a box, and with it the object.
    """
    longest = max(side.stop - side.start for side in box)
    widened = []
    for side, limit in zip(box, shape, strict=True):
        extent = min(longest + 2 * context, limit)
        start = side.start - (longest - (side.stop - side.start)) // 2 - context
        start = min(max(start, 0), limit - extent)
        widened.append(slice(start, start + extent))
    return tuple(widened)


def context_boxes(mask: NDArray[np.bool_], context: int) -> list[Box]:
    """One box per component; in 3-D, boxes that overlap by more than half of the smaller become one around both."""
    boxes = [widen(box, context, mask.shape) for box in tight_boxes(mask)]
    while mask.ndim == 3 and (pair := pair_to_merge(boxes)):
        first, second = pair
        boxes[first] = widen(union(boxes[first], boxes[second]), 0, mask.shape)
        del boxes[second]
    return boxes


def pair_to_merge(boxes: list[Box]) -> tuple[int, int] | None:
    """The first two that are to become one."""
    for second in range(len(boxes)):
        for first in range(second):
            smaller = min(size(boxes[first]), size(boxes[second]))
            if shared(boxes[first], boxes[second]) > OVERLAP_TO_MERGE * smaller:
                return first, second
    return None


def size(box: Box) -> int:
    return int(np.prod([side.stop - side.start for side in box]))


def shared(one: Box, other: Box) -> int:
    """How many pixels both have."""
    sides = [min(a.stop, b.stop) - max(a.start, b.start) for a, b in zip(one, other, strict=True)]
    return int(np.prod([max(0, side) for side in sides]))


def union(one: Box, other: Box) -> Box:
    return tuple(slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))


def jitter(box: Box, rng: np.random.Generator, most: int = 16) -> Box:
    """The box with an independent integer from -most to most on each start and each extent, as published.

    A side may end before it starts; `widen` makes that a square again unless all sides are that small.
    """
    moved = []
    for side in box:
        shift, growth = (int(value) for value in rng.integers(-most, most + 1, 2))
        start, extent = side.start + shift, side.stop - side.start + growth
        moved.append(slice(start, start + extent))
    return tuple(moved)


def is_usable(box: Box) -> bool:
    """Whether a box, widened, is large enough to be looked at."""
    return all(side.stop - side.start >= SMALLEST_SIDE for side in box)
