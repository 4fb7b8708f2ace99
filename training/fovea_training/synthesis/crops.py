"""The samples that Segment-then-Segment is trained on in 2-D, with the published augmentation and jitter.

The rough network gets the whole image, the fine one a square around one component of the truth; both resized to the input size
by the nearest pixel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.context_boxes import Box, context_of, is_usable, jitter, tight_boxes, widen
from fovea_training.data.labelled_images import LabelledImage

MOVE_PROBABILITY = 0.5
SHIFT = 0.0625
"""Of the image's size."""
SCALE = 0.1
ROTATION_DEGREES = 15.0
FLIP_PROBABILITY = 0.3


@dataclass(frozen=True)
class ImageSamples:
    """Draws samples of both roles; every image once per epoch, in an order of its own, incomplete batches dropped."""

    images: Sequence[LabelledImage]
    input_size: int
    batch: int
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        return len(self.images) // self.batch

    def draw(self, number: int, role: str, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Sample `number` of the run: image (channel, S, S) and target (1, S, S)."""
        epoch, place = divmod(number, self.steps_per_epoch * self.batch)
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.images))
        sample = self.images[int(order[place])]
        box = whole(sample.mask)
        boxes = jittered_boxes(sample.mask, self.input_size, rng) if role == "fine" else []
        move = draw_move(sample.mask.shape, rng)
        if move is not None:
            sample = LabelledImage(move.apply(sample.image, order=1), move.apply(sample.mask[None], order=0)[0])
            boxes = [moved for box in boxes if (moved := move.follow(box, sample.mask.shape))]
        if boxes:
            box = boxes[rng.integers(len(boxes))]
        image, target = cut(sample.image, box, self.input_size), cut(sample.mask[None], box, self.input_size)
        if rng.random() < FLIP_PROBABILITY:
            image, target = image[..., ::-1], target[..., ::-1]
        return np.ascontiguousarray(image, np.float32), np.ascontiguousarray(target, np.float32)

    def plain(self, role: str) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Every image once for the rough network, every component once for the fine one; nothing random."""
        context = context_of(self.input_size)
        for number in range(len(self.images)):
            image, mask = self.images[number]
            boxes = [widen(box, context, mask.shape) for box in tight_boxes(mask)] if role == "fine" else [whole(mask)]
            for box in boxes:
                yield cut(image, box, self.input_size), cut(mask[None], box, self.input_size).astype(np.float32)


def whole(mask: NDArray[np.bool_]) -> Box:
    return tuple(slice(0, count) for count in mask.shape)


def jittered_boxes(mask: NDArray[np.bool_], input_size: int, rng: np.random.Generator) -> list[Box]:
    """Around each component, jittered before it is squared and gets its context."""
    boxes = [widen(jitter(box, rng), context_of(input_size), mask.shape) for box in tight_boxes(mask)]
    return [box for box in boxes if is_usable(box)]


@dataclass(frozen=True)
class Move:
    """Shift, scale and rotation about the image's centre: `matrix` and `offset` lead from the new pixels to the old ones."""

    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]

    def apply(self, channels: NDArray, order: int) -> NDArray:
        """Every channel (channel, y, x), mirrored beyond its border."""
        moved = [
            ndimage.affine_transform(channel.astype(np.float32), self.matrix, self.offset, order=order, mode="mirror")
            for channel in channels
        ]
        return np.stack(moved).astype(channels.dtype)

    def follow(self, box: Box, shape: tuple[int, ...]) -> Box | None:
        """The box around where the corners of `box` go, cut to the image; None if nothing is left."""
        y, x = box
        corners = np.array([[a, b] for a in (y.start, y.stop) for b in (x.start, x.stop)], np.float64)
        moved = np.linalg.solve(self.matrix, (corners - self.offset).T).T
        low = np.maximum(np.floor(moved.min(axis=0)), 0).astype(int)
        high = np.minimum(np.ceil(moved.max(axis=0)), shape).astype(int)
        followed = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        return followed if is_usable(followed) else None


def draw_move(shape: tuple[int, ...], rng: np.random.Generator) -> Move | None:
    """With probability 0.5, all three at once."""
    if rng.random() >= MOVE_PROBABILITY:
        return None
    angle = np.radians(rng.uniform(-ROTATION_DEGREES, ROTATION_DEGREES))
    scale = 1 + rng.uniform(-SCALE, SCALE)
    shift = rng.uniform(-SHIFT, SHIFT, 2) * shape
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / scale
    centre = (np.array(shape) - 1) / 2
    return Move(matrix, centre - matrix @ (centre + shift))


def cut(channels: NDArray, box: Box, size: int) -> NDArray:
    """A box of (channel, y, x), resized to a square by the nearest pixel."""
    rows, columns = ((np.arange(size) * (side.stop - side.start)) // size + side.start for side in box)
    return channels[:, rows[:, None], columns[None, :]]
