"""MobileNetV2 with a U-Net decoder, every 2-D operation made 3-D, of LowRes's comparison.

Tensors are (batch, channel, x, y, z); every side is a multiple of 32.

Nodes of `mobilenet`: stem, b1 ... b17 (inverted residuals), u4 u3 u2 u1 (transposed, `conv` with bias), d4 d3 d2 d1 (each two
inverted residuals, `<node>.1` and `<node>.2`), `Y.1` (an inverted residual), `Y.2` (`bn`). An inverted residual has
`<node>.expand` (absent where its factor is 1), `<node>.depthwise` and `<node>.project`, each `conv` and `bn`; a depthwise
convolution's weights are (channels, 1, 3, 3, 3).
"""

from torch import Tensor, nn
from torch.nn import functional as F

from fovea_training.networks.units import ConvNorm, LogitNorm, Up, join, numbered

TABLE = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, channels, blocks, stride of the first block (Sandler et al., table 2)."""
SKIPS = {4: 13, 3: 6, 2: 3, 1: 1}
"""The block whose result goes to each step of the decoder: 96, 32, 24 and 16 channels at 1/16, 1/8, 1/4 and 1/2."""
STEM_CHANNELS = 32


class InvertedResidual(nn.Module):
    """Expansion, depthwise convolution (ReLU6 after both), linear projection; a shortcut where shapes agree."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, factor: int) -> None:
        super().__init__()
        inner = in_channels * factor
        self.has_shortcut = stride == 1 and in_channels == out_channels
        if factor != 1:
            self.expand = ConvNorm(in_channels, inner, 1, activation=F.relu6)
        self.depthwise = ConvNorm(inner, inner, 3, stride=stride, groups=inner, activation=F.relu6)
        self.project = ConvNorm(inner, out_channels, 1, activation=None)

    def forward(self, x: Tensor) -> Tensor:
        result = x
        for module in self.children():
            result = module(result)
        return x + result if self.has_shortcut else result


class MobileNetBody(nn.Module):
    """Logits of the input's size. `width` is the number of channels of the stem, a multiple of 4; 32 as published."""

    def __init__(self, width: int = STEM_CHANNELS, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        self.stem = ConvNorm(in_channels, width, 3, stride=2, activation=F.relu6)
        self.outputs = {}
        channels = self.add_blocks(width)
        for level, block in SKIPS.items():
            skip = self.outputs[block]
            self.add_module(f"u{level}", Up(channels, channels))
            self.add_module(f"d{level}", decoder(channels + skip, skip))
            channels = skip
        head = InvertedResidual(channels, out_channels, stride=1, factor=1)
        self.Y = numbered(head, LogitNorm(out_channels, initial_shift=0))

    def add_blocks(self, width: int) -> int:
        """b1 ... b17; the channels of each are kept in `outputs`, those of the last are returned."""
        channels = width
        for factor, published, count, first_stride in TABLE:
            for index in range(count):
                out_channels = published * width // STEM_CHANNELS
                block = InvertedResidual(channels, out_channels, first_stride if index == 0 else 1, factor)
                number = len(self.outputs) + 1
                self.add_module(f"b{number}", block)
                channels = self.outputs[number] = out_channels
        return channels

    def forward(self, x: Tensor) -> Tensor:
        x, results = self.stem(x), {}
        for number in self.outputs:
            x = results[number] = self.get_submodule(f"b{number}")(x)
        for level, block in SKIPS.items():
            up, decode = self.get_submodule(f"u{level}"), self.get_submodule(f"d{level}")
            x = decode(join(up(x), results[block]))
        return F.interpolate(self.Y(x), scale_factor=2, mode="trilinear", align_corners=False)


class MobileNetV2UNet3D(nn.Module):
    """The network under its name in the package."""

    def __init__(self, width: int = STEM_CHANNELS, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        self.mobilenet = MobileNetBody(width, in_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.mobilenet(x)


def decoder(in_channels: int, out_channels: int) -> nn.Sequential:
    """Two inverted residuals."""
    first = InvertedResidual(in_channels, out_channels, stride=1, factor=6)
    return numbered(first, InvertedResidual(out_channels, out_channels, stride=1, factor=6))
