"""DeepMedic-39 of LowRes's comparison: two paths, full and a third of the resolution, without padding.

Tensors are (batch, channel, x, y, z). Sides are multiples of 3, at least 51; each side of the output is 48 less than that of the
input (the published patch: 87 in, 39 out).

Nodes of `deepmedic`: for each path, A and B: `A.1` (`conv`, `bn`), `A.2` (`conv`), `A.3`, `A.4`, `A.5` (residual blocks); then f (a
residual block), g (`bn`, `conv`), Y (`bn`). A residual block has `<node>.1` and `<node>.2`, each `bn` and `conv`, and, where channels
change, `<node>.shortcut` (`conv`).
"""

from torch import Tensor, nn
from torch.nn import functional as F

from fovea_training.networks.units import ConvNorm, LogitNorm, PlainConv, PreActivation, join, numbered

CROP = 16
"""Voxels that the path of full resolution leaves out at each end, to see the same centre as the other."""


class ValidBlock(nn.Module):
    """Two unpadded pre-activation convolutions; the shortcut is cropped to their centre."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int) -> None:
        super().__init__()
        self.margin = 2 * (kernel // 2)
        self.add_module("1", PreActivation(in_channels, out_channels, kernel, padding=0))
        self.add_module("2", PreActivation(out_channels, out_channels, kernel, padding=0))
        self.shortcut = PlainConv(in_channels, out_channels, kernel=1) if in_channels != out_channels else None

    def forward(self, x: Tensor) -> Tensor:
        first, second, *_ = self.children()
        centre = crop(x, self.margin)
        shortcut = centre if self.shortcut is None else self.shortcut(centre)
        return second(first(x)) + shortcut


class DeepMedicBody(nn.Module):
    """Logits of the centre. `width` 10 gives the published 30, 40, 50 and 150 channels."""

    def __init__(self, width: int = 10, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        w = width
        self.A, self.B = path(w, in_channels), path(w, in_channels)
        self.f = ValidBlock(10 * w, 15 * w, kernel=1)
        self.g = PreActivation(15 * w, out_channels, kernel=1)
        self.Y = LogitNorm(out_channels, initial_shift=0)

    def forward(self, x: Tensor) -> Tensor:
        fine = self.A(crop(x, CROP))
        coarse = F.interpolate(self.B(F.avg_pool3d(x, 3)), scale_factor=3, mode="nearest")
        return self.Y(self.g(self.f(join(fine, coarse))))


class DeepMedic39(nn.Module):
    """The network under its name in the package."""

    def __init__(self, width: int = 10, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        self.deepmedic = DeepMedicBody(width, in_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.deepmedic(x)


def path(width: int, in_channels: int) -> nn.Sequential:
    """Eight unpadded convolutions of side 3."""
    w = width
    return numbered(
        ConvNorm(in_channels, 3 * w, 3, padding=0),
        PlainConv(3 * w, 3 * w, 3, padding=0),
        ValidBlock(3 * w, 4 * w, 3),
        ValidBlock(4 * w, 4 * w, 3),
        ValidBlock(4 * w, 5 * w, 3),
    )


def crop(x: Tensor, margin: int) -> Tensor:
    """Without `margin` voxels at each end of each axis."""
    inside = slice(margin, -margin or None)
    return x[:, :, inside, inside, inside]
