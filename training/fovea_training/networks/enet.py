"""The 3-D E-Net of LowRes's comparison: bottlenecks everywhere, pooling indices carried over to the decoder.

Tensors are (batch, channel, x, y, z); every side is a multiple of 8.

Nodes of `enet`: initial, down1, `s1.1` ... `s1.4`, down2, `s2.1` ... `s2.8`, `s3.1` ... `s3.8`, up2, `s4.1`, `s4.2`, up1,
`s5.1`, Y (transposed, `conv` alone). Within a bottleneck: `<node>.reduce`, then `<node>.middle` (asymmetric ones:
`<node>.middle.1`, `.2`, `.3`, along x, y, z), `<node>.expand`, each `conv` and `bn`, and in the encoder `prelu` (one slope each);
`<node>.prelu` after the sum; up bottlenecks have `<node>.main` (`conv`, `bn`) in their shortcut. The decoder has ReLU for PReLU.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fovea_training.networks.units import ConvNorm, join, numbered

SEQUENCE = ("regular", "dilated 2", "asymmetric", "dilated 4", "regular", "dilated 8", "asymmetric", "dilated 16")


class Unit(nn.Module):
    """Convolution without bias, batch norm, PReLU (`encoder`) or ReLU."""

    def __init__(self, convolution: nn.Module, encoder: bool) -> None:
        super().__init__()
        self.conv = convolution
        self.bn = nn.BatchNorm3d(convolution.out_channels)
        self.prelu = activation(encoder)

    def forward(self, x: Tensor) -> Tensor:
        return self.prelu(self.bn(self.conv(x)))


class Bottleneck(nn.Module):
    """Reduce to a quarter, a convolution between, expand, dropout; added to the shortcut and activated."""

    def __init__(self, channels: int, kind: str, *, encoder: bool, dropout: float = 0.1) -> None:
        super().__init__()
        inner = channels // 4
        self.reduce = Unit(nn.Conv3d(channels, inner, 1, bias=False), encoder)
        self.middle = middle(inner, kind, encoder)
        self.expand = Unit(nn.Conv3d(inner, channels, 1, bias=False), encoder)
        self.dropout = nn.Dropout3d(dropout)
        self.prelu = activation(encoder)

    def forward(self, x: Tensor) -> Tensor:
        return self.prelu(x + self.dropout(self.expand(self.middle(self.reduce(x)))))


class DownBottleneck(nn.Module):
    """Halves the size. The shortcut is max pooling, with channels of zeros added; its indices are handed out."""

    def __init__(self, in_channels: int, out_channels: int, dropout: float) -> None:
        super().__init__()
        inner = in_channels // 4
        self.reduce = Unit(nn.Conv3d(in_channels, inner, 2, stride=2, bias=False), encoder=True)
        self.middle = middle(inner, "regular", encoder=True)
        self.expand = Unit(nn.Conv3d(inner, out_channels, 1, bias=False), encoder=True)
        self.dropout = nn.Dropout3d(dropout)
        self.prelu = activation(encoder=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        result = self.dropout(self.expand(self.middle(self.reduce(x))))
        pooled, indices = F.max_pool3d(x, 2, return_indices=True)
        zeros = pooled.new_zeros(len(x), result.shape[1] - x.shape[1], *pooled.shape[2:])
        return self.prelu(join(pooled, zeros) + result), indices


class UpBottleneck(nn.Module):
    """Doubles the size. The shortcut is a projection whose values go to where the encoder's maxima were."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        inner = in_channels // 4
        self.main = ConvNorm(in_channels, out_channels, 1, activation=None)
        self.reduce = Unit(nn.Conv3d(in_channels, inner, 1, bias=False), encoder=False)
        self.middle = Unit(nn.ConvTranspose3d(inner, inner, 2, stride=2, bias=False), encoder=False)
        self.expand = ConvNorm(inner, out_channels, 1)
        self.dropout = nn.Dropout3d(0.1)

    def forward(self, x: Tensor, indices: Tensor) -> Tensor:
        result = self.dropout(self.expand(self.middle(self.reduce(x))))
        return F.relu(unpool(self.main(x), indices, result.shape) + result)


class Initial(nn.Module):
    """A convolution and the pooled image, joined, normalised and activated."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(in_channels, out_channels - in_channels, 3, stride=2, padding=1, bias=False)
        self.bn = nn.BatchNorm3d(out_channels)
        self.prelu = activation(encoder=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.prelu(self.bn(join(self.conv(x), F.max_pool3d(x, 3, stride=2, padding=1))))


class LogitUp(nn.Module):
    """Transposed convolution of side 3 and stride 2 that doubles the size."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose3d(in_channels, out_channels, 3, stride=2, padding=1, output_padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class ENetBody(nn.Module):
    """Logits of the input's size. `width` is the number of channels after the initial block, 16 as published."""

    def __init__(self, width: int = 16, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        w = width
        self.initial = Initial(in_channels, w)
        self.down1 = DownBottleneck(w, 4 * w, dropout=0.01)
        self.s1 = numbered(*(Bottleneck(4 * w, "regular", encoder=True, dropout=0.01) for _ in range(4)))
        self.down2 = DownBottleneck(4 * w, 8 * w, dropout=0.1)
        self.s2 = numbered(*(Bottleneck(8 * w, kind, encoder=True) for kind in SEQUENCE))
        self.s3 = numbered(*(Bottleneck(8 * w, kind, encoder=True) for kind in SEQUENCE))
        self.up2 = UpBottleneck(8 * w, 4 * w)
        self.s4 = numbered(*(Bottleneck(4 * w, "regular", encoder=False) for _ in range(2)))
        self.up1 = UpBottleneck(4 * w, w)
        self.s5 = numbered(Bottleneck(w, "regular", encoder=False))
        self.Y = LogitUp(w, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        x, full = self.down1(self.initial(x))
        x, half = self.down2(self.s1(x))
        x = self.s4(self.up2(self.s3(self.s2(x)), half))
        return self.Y(self.s5(self.up1(x, full)))


class ENet3D(nn.Module):
    """The network under its name in the package."""

    def __init__(self, width: int = 16, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        self.enet = ENetBody(width, in_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.enet(x)


def unpool(x: Tensor, indices: Tensor, shape: torch.Size) -> Tensor:
    """Max unpooling to `shape`: each value to where the encoder's maximum was, zeros elsewhere.

    As a scatter, which is what other runtimes can import.
    """
    zeros = x.new_zeros(*shape[:2], shape[2] * shape[3] * shape[4])
    return zeros.scatter(2, indices.flatten(2), x.flatten(2)).view(shape)


def activation(encoder: bool) -> nn.Module:
    """PReLU with one slope in the encoder, ReLU in the decoder."""
    return nn.PReLU() if encoder else nn.ReLU()


def middle(channels: int, kind: str, encoder: bool) -> nn.Module:
    """The convolution between: of side 3, dilated by the number in `kind`, or one of side 5 along each axis in turn."""
    if kind == "asymmetric":
        kernels = ((5, 1, 1), (1, 5, 1), (1, 1, 5))
        return numbered(*(Unit(nn.Conv3d(channels, channels, k, padding="same", bias=False), encoder) for k in kernels))
    dilation = int(kind.partition(" ")[2] or 1)
    return Unit(nn.Conv3d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False), encoder)
