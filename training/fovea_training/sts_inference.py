"""Segment-then-Segment on a whole image, as the node runs it: what validation and the tests measure with."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fovea_training.context_boxes import context_boxes

ROUGH_THRESHOLD = 0.5


def resize(image: Tensor, sides: tuple[int, ...]) -> Tensor:
    """(B, C, y, x) by the nearest pixel, as published; (B, C, z, y, x) by trilinear interpolation."""
    if image.dim() == 4:
        return F.interpolate(image, sides, mode="nearest")
    return F.interpolate(image, sides, mode="trilinear", align_corners=False)


def resized_probabilities(network: nn.Module, image: Tensor, input_size: int) -> Tensor:
    """The network's opinion of an image at `input_size` per side, brought back to the image's grid."""
    sides = tuple(image.shape[2:])
    logits = network(resize(image, (input_size,) * len(sides)))
    return resize(torch.sigmoid(logits.float()), sides)


@torch.inference_mode()
def rough_probabilities(network: nn.Module, image: Tensor, input_size: int) -> Tensor:
    """The rough network alone, (1, C, *grid) to (*grid)."""
    return resized_probabilities(network.eval(), image, input_size)[0, 0]


@torch.inference_mode()
def fused_probabilities(fine: nn.Module, image: Tensor, rough: Tensor, input_size: int, context: int) -> Tensor:
    """The fine network in a box around each component of the rough mask; the greatest of the boxes' probabilities at a
    pixel, so that masks are fused by OR, and 0 outside of all boxes."""
    fine.eval()
    fused = torch.zeros_like(rough)
    for box in context_boxes((rough >= ROUGH_THRESHOLD).cpu().numpy(), context):
        crop = image[(slice(None), slice(None), *box)]
        fused[box] = torch.maximum(fused[box], resized_probabilities(fine, crop, input_size)[0, 0])
    return fused
