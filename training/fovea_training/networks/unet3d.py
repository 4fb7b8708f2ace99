"""The 3-D U-Net of LowRes's comparison, pre-activation as the authors' code has it.

Tensors are (batch, channel, x, y, z); every side is a multiple of 8.

Nodes of `unet`: stem (`conv`), e1, then e2 e3 e4 and d3 d2 d1 (`<node>.1` and `<node>.2`, each `bn` and `conv`, the second with
bias as e1), u3 u2 u1 (transposed, `conv` with bias), `Y.1` (`bn`, `conv`) and `Y.2` (`bn`).
"""

from torch import Tensor, nn

from fovea_training.networks.units import LogitHead, PlainConv, PreActivation, Up, join, max_pool, numbered


class UNet3DBody(nn.Module):
    """Logits of the input's size."""

    def __init__(self, width: int = 32, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        w = width
        self.stem = PlainConv(in_channels, w, kernel=3)
        self.e1 = PreActivation(w, 2 * w, kernel=3, bias=True)
        self.e2, self.e3, self.e4 = down(2 * w), down(4 * w), down(8 * w)
        self.u3, self.d3 = Up(16 * w, 16 * w), pair(24 * w, 8 * w)
        self.u2, self.d2 = Up(8 * w, 8 * w), pair(12 * w, 4 * w)
        self.u1, self.d1 = Up(4 * w, 4 * w), pair(6 * w, 2 * w)
        self.Y = LogitHead(2 * w, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        e1 = self.e1(self.stem(x))
        e2 = self.e2(max_pool(e1))
        e3 = self.e3(max_pool(e2))
        x = self.e4(max_pool(e3))
        for up, decode, skip in ((self.u3, self.d3, e3), (self.u2, self.d2, e2), (self.u1, self.d1, e1)):
            x = decode(join(up(x), skip))
        return self.Y(x)


class UNet3D(nn.Module):
    """The network under its name in the package."""

    def __init__(self, width: int = 32, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        self.unet = UNet3DBody(width, in_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.unet(x)


def down(channels: int) -> nn.Sequential:
    """C to C to 2C."""
    return numbered(PreActivation(channels, channels, 3), PreActivation(channels, 2 * channels, 3, bias=True))


def pair(in_channels: int, out_channels: int) -> nn.Sequential:
    """Two pre-activation convolutions, the second with bias."""
    return numbered(PreActivation(in_channels, out_channels, 3), PreActivation(out_channels, out_channels, 3, bias=True))
