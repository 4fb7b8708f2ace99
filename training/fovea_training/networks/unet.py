"""Segment-then-Segment: a rough U-Net sees the whole image at low resolution, a fine one of the same form sees crops.

Source: Benčević et al., "Segment-then-Segment: Context-Preserving Crop-Based Segmentation for Large Biomedical Images"
(Sensors 2023) and the authors' code; the 3-D form, with the same layout, is ours. Tensors are (batch, channel, y, x) or
(batch, channel, z, y, x); every side is a multiple of 16.

Nodes of `rough`, `fine` and `unet`: e1 e2 e3 e4 bottom u4 d4 u3 d3 u2 d2 u1 d1 out. The double convolutions (e, bottom, d) are
`<node>.1` and `<node>.2` with `conv` and `bn`; u are transposed convolutions and out is a convolution of side 1, both `conv`
with bias.
"""

from torch import Tensor, nn

from fovea_training.networks.units import PlainConv, Up, double_conv, join, max_pool


class UNet(nn.Module):
    """Logits of the input's size. `width` is the number of channels at full resolution (32 as published)."""

    def __init__(self, dims: int, width: int = 32, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        w = width
        self.e1 = double_conv(in_channels, w, dims)
        self.e2 = double_conv(w, 2 * w, dims)
        self.e3 = double_conv(2 * w, 4 * w, dims)
        self.e4 = double_conv(4 * w, 8 * w, dims)
        self.bottom = double_conv(8 * w, 16 * w, dims)
        self.u4, self.d4 = Up(16 * w, 8 * w, dims), double_conv(16 * w, 8 * w, dims)
        self.u3, self.d3 = Up(8 * w, 4 * w, dims), double_conv(8 * w, 4 * w, dims)
        self.u2, self.d2 = Up(4 * w, 2 * w, dims), double_conv(4 * w, 2 * w, dims)
        self.u1, self.d1 = Up(2 * w, w, dims), double_conv(2 * w, w, dims)
        self.out = PlainConv(w, out_channels, kernel=1, bias=True, dims=dims)

    def forward(self, x: Tensor) -> Tensor:
        e1 = self.e1(x)
        e2 = self.e2(max_pool(e1))
        e3 = self.e3(max_pool(e2))
        e4 = self.e4(max_pool(e3))
        x = self.bottom(max_pool(e4))
        for up, decode, skip in (
            (self.u4, self.d4, e4), (self.u3, self.d3, e3), (self.u2, self.d2, e2), (self.u1, self.d1, e1),
        ):  # fmt: skip
            x = decode(join(up(x), skip))
        return self.out(x)


class SegmentThenSegment(nn.Module):
    """The two networks; the path between them (components, square boxes with context, fusion) is no part of the weights."""

    def __init__(self, dims: int, width: int = 32, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        self.rough = UNet(dims, width, in_channels, out_channels)
        self.fine = UNet(dims, width, in_channels, out_channels)


class ResizedUNet(nn.Module):
    """One of the two alone, for pairs with another network and to compare with."""

    def __init__(self, dims: int, width: int = 32, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        self.unet = UNet(dims, width, in_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.unet(x)
