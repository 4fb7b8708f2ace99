"""LowRes on a whole volume, as the node runs it: proposals, boxes, full-resolution logits."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from fovea_training.networks.lowres import STRIDE, LowRes, Stage1Maps

NOTHING = -30.0
"""The logit outside of all boxes."""
CONNECTIVITY_26 = np.ones((3, 3, 3), bool)


class Box(NamedTuple):
    """A range of cells of the first stage's map: `low` inclusive, `high` exclusive, per axis."""

    low: tuple[int, int, int]
    high: tuple[int, int, int]

    def slices(self, scale: int) -> tuple[slice, ...]:
        """The box on a grid with `scale` samples per cell, for an array (B, C, x, y, z)."""
        spans = tuple(slice(a * scale, b * scale) for a, b in zip(self.low, self.high, strict=True))
        return (slice(None), slice(None), *spans)


class Prediction(NamedTuple):
    """What both stages say about a volume, on its grid."""

    logits: NDArray[np.float32]
    """(x, y, z); `NOTHING` outside of all boxes."""
    boxes: list[Box]


def propose_boxes(cells: NDArray[np.bool_]) -> Iterator[Box]:
    """The box of each 26-connected component of cells (x, y, z), widened by one cell, in scan order."""
    labels, _ = ndimage.label(cells, CONNECTIVITY_26)
    for spans in ndimage.find_objects(labels):
        low = tuple(max(span.start - 1, 0) for span in spans)
        high = tuple(min(span.stop + 1, size) for span, size in zip(spans, cells.shape, strict=True))
        yield Box(low, high)


def refine(model: LowRes, image: Tensor, maps: Stage1Maps, box: Box) -> Tensor:
    """Stage 2's logits of one box: (B, 1, x, y, z)."""
    scales = (4, 4, 2, 1, 1)
    crops = Stage1Maps(*(values[box.slices(scale)] for values, scale in zip(maps, scales, strict=True)))
    return model.stage2(image[box.slices(STRIDE)], crops)


def paste_boxes(model: LowRes, image: Tensor, maps: Stage1Maps, boxes: list[Box], background: Tensor) -> Tensor:
    """Stage 2's logits in the boxes of one image, `background` elsewhere, which is changed. Later boxes win."""
    for box in boxes:
        background[box.slices(STRIDE)] = refine(model, image, maps, box).to(background.dtype)
    return background


@torch.inference_mode()
def segment(model: LowRes, image: NDArray[np.float32]) -> Prediction:
    """Runs both stages on a preprocessed volume (x, y, z). Later boxes overwrite earlier ones, as published."""
    model.eval()
    padding = [(-size) % STRIDE for size in image.shape]
    before = [count // 2 for count in padding]
    widths = [(low, count - low) for low, count in zip(before, padding, strict=True)]
    device = next(model.parameters()).device
    padded = torch.from_numpy(np.pad(image, widths, constant_values=float(image.min())))[None, None].to(device)
    maps = model.stage1(padded)
    boxes = list(propose_boxes(maps.y8[0, 0].cpu().numpy() > 0))
    logits = paste_boxes(model, padded, maps, boxes, torch.full_like(padded, NOTHING))
    inner = tuple(slice(low, low + size) for low, size in zip(before, image.shape, strict=True))
    return Prediction(logits[0, 0][inner].cpu().numpy(), boxes)


def to_cells(voxels: Tensor) -> Tensor:
    """Maxima over the cells of the first stage: (B, 1, X, Y, Z) to (B, 1, X/8, Y/8, Z/8)."""
    return F.max_pool3d(voxels, STRIDE)
