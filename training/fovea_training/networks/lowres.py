"""LowRes: a first stage finds boxes at 1/8 resolution, a second segments each box at full resolution.

Source: Shirokikh et al., "Accelerating 3D Medical Image Segmentation by Adaptive Small-Scale Target Localization"
(LowRes, J. Imaging 2021), with the layer inventory of the authors' code, which is pre-activation (batch norm, ReLU, convolution). Tensors are (batch, channel, x, y, z).
Module names are the node names of the model package, so `LowRes.state_dict()` is exported without renaming.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fovea_training.networks.units import LogitHead, PlainConv, PreActivation, numbered

STRIDE = 8
"""Voxels per cell of the first stage's map, per axis."""


class Stage1Maps(NamedTuple):
    """What the first stage hands to the second. For an input of (B, 1, X, Y, Z):"""

    x2: Tensor
    """The image, average pooled: (B, 1, X/2, Y/2, Z/2)."""
    f2: Tensor
    """(B, F, X/2, Y/2, Z/2)."""
    f4: Tensor
    """(B, 2F, X/4, Y/4, Z/4)."""
    f8: Tensor
    """(B, 4F, X/8, Y/8, Z/8)."""
    y8: Tensor
    """Logits: (B, 1, X/8, Y/8, Z/8)."""


class PreActivationBlock(nn.Module):
    """Two pre-activation convolutions and an identity shortcut; nothing after the sum."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.add_module("1", PreActivation(channels, channels, kernel))
        self.add_module("2", PreActivation(channels, channels, kernel))

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.children()
        return second(first(x)) + x


class PlainBlock(nn.Module):
    """x + ReLU(conv(ReLU(conv(x)))), both convolutions with bias: the residual block without batch norm."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.add_module("1", PlainConv(channels, channels, kernel, bias=True))
        self.add_module("2", PlainConv(channels, channels, kernel, bias=True))

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.children()
        return x + F.relu(second(F.relu(first(x))))


class Stage1(nn.Module):
    """The proposal network. Every side of the input is a multiple of 8."""

    def __init__(self, features: int = 16) -> None:
        super().__init__()
        n = features
        self.a = PlainConv(1, n, kernel=3)
        self.b = PreActivation(n, n, kernel=3, bias=True)
        self.F2 = PreActivationBlock(n, kernel=3)
        self.c = PreActivation(n, 2 * n, kernel=3, bias=True)
        self.d = PreActivationBlock(2 * n, kernel=3)
        self.F4 = PreActivationBlock(2 * n, kernel=3)
        self.e = PreActivation(2 * n, 4 * n, kernel=3, bias=True)
        self.f = PreActivationBlock(4 * n, kernel=3)
        self.g = PreActivationBlock(4 * n, kernel=3)
        self.F8 = PreActivationBlock(4 * n, kernel=1)
        self.Y8 = LogitHead(4 * n)

    def forward(self, x: Tensor) -> Stage1Maps:
        x2 = F.avg_pool3d(x, 2)
        f2 = self.F2(self.b(self.a(x2)))
        f4 = self.F4(self.d(self.c(F.max_pool3d(f2, 2))))
        f8 = self.F8(self.g(self.f(self.e(F.avg_pool3d(f4, 2)))))
        return Stage1Maps(x2, f2, f4, f8, self.Y8(f8))


class Stage2(nn.Module):
    """The network of one box: crops of the image and of the first stage's maps in, logits of (B, 1, X, Y, Z) out.

    Batch norm does not occur. Zero padding at the borders of the box, as published.
    """

    def __init__(self, features: int = 16) -> None:
        super().__init__()
        n = features
        self.p8 = PlainConv(4 * n, 2 * n, kernel=1)
        self.p4 = PlainConv(2 * n, n + 1, kernel=1)
        self.q = numbered(PlainBlock(n + 1, 3), PlainBlock(n + 1, 3))
        self.r = PlainConv(n + 1, n, kernel=3)
        self.v = numbered(PlainBlock(n + 1, 3), PlainBlock(n + 1, 3), PlainBlock(n + 1, 1))
        self.Y = PlainConv(n + 1, 1, kernel=1)

    def forward(self, x: Tensor, maps: Stage1Maps) -> Tensor:
        p8 = self.p8(F.relu(maps.f8))
        p4 = self.p4(F.relu(maps.f4 + upsample(p8)))
        s2 = torch.cat([maps.f2, maps.x2], dim=1) + upsample(p4)
        u1 = upsample(self.r(F.relu(self.q(s2))))
        return self.Y(self.v(torch.cat([x, u1], dim=1)))


class LowRes(nn.Module):
    """Both stages. The path between them (components, boxes, crops) is `inference.segment`."""

    def __init__(self, features: int = 16) -> None:
        super().__init__()
        self.features = features
        self.stage1 = Stage1(features)
        self.stage2 = Stage2(features)


def upsample(x: Tensor) -> Tensor:
    """Trilinear upsampling by 2 with aligned corners: (B, C, X, Y, Z) to (B, C, 2X, 2Y, 2Z)."""
    return F.interpolate(x, scale_factor=2, mode="trilinear", align_corners=True)
