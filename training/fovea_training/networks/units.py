"""Layers that several of the networks are made of, in 2-D and 3-D.

A unit's children are called `conv`, `bn` or `prelu`, so that the path of a unit in its network is the node name of the model
package and a state dict is exported without renaming.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PerAxis = int | tuple[int, ...]
CONVOLUTION = {2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
NORM = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}


class PlainConv(nn.Module):
    """A convolution under the node name `conv`, without norm or activation; the size stays unless `padding` is given."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, bias: bool = False, padding: int | None = None, dims: int = 3
    ) -> None:
        super().__init__()
        padding = kernel // 2 if padding is None else padding
        self.conv = CONVOLUTION[dims](in_channels, out_channels, kernel, padding=padding, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class PreActivation(nn.Module):
    """Batch norm, ReLU, convolution of side `kernel`; the size stays unless `padding` is given."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, bias: bool = False, padding: int | None = None
    ) -> None:
        super().__init__()
        padding = kernel // 2 if padding is None else padding
        self.bn = nn.BatchNorm3d(in_channels)
        self.conv = nn.Conv3d(in_channels, out_channels, kernel, padding=padding, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.relu(self.bn(x)))


class ConvNorm(nn.Module):
    """Convolution without bias, batch norm, activation (ReLU unless another is given, None for none)."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, *, stride: PerAxis = 1, padding: PerAxis | None = None,
        dilation: int = 1, groups: int = 1, activation: Callable[[Tensor], Tensor] | None = F.relu, dims: int = 3,
    ) -> None:  # fmt: skip
        super().__init__()
        padding = kernel // 2 * dilation if padding is None else padding
        self.conv = CONVOLUTION[dims](
            in_channels, out_channels, kernel, stride, padding, dilation, groups=groups, bias=False
        )
        self.bn = NORM[dims](out_channels)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        normalised = self.bn(self.conv(x))
        return normalised if self.activation is None else self.activation(normalised)


class Up(nn.Module):
    """Transposed convolution of side 2 and stride 2 with bias: doubles the size."""

    def __init__(self, in_channels: int, out_channels: int, dims: int = 3) -> None:
        super().__init__()
        self.conv = TRANSPOSED[dims](in_channels, out_channels, kernel_size=2, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class LogitHead(nn.Module):
    """Pre-activation 1x1x1 convolution to the logits, and one more batch norm with its own scale and shift.

    The shift starts at a probability of 0.05: AdamW moves a parameter by at most the learning rate per step, so that a
    shift that starts at 0 is still far from the share of cells that hold a nodule when a short schedule ends.
    """

    INITIAL_SHIFT = -3.0

    def __init__(self, in_channels: int, out_channels: int = 1) -> None:
        super().__init__()
        self.add_module("1", PreActivation(in_channels, out_channels, kernel=1))
        self.add_module("2", LogitNorm(out_channels, self.INITIAL_SHIFT))

    def forward(self, x: Tensor) -> Tensor:
        head, norm = self.children()
        return norm(head(x))


class LogitNorm(nn.Module):
    """The batch norm of logits."""

    def __init__(self, channels: int, initial_shift: float) -> None:
        super().__init__()
        self.bn = nn.BatchNorm3d(channels)
        nn.init.constant_(self.bn.bias, initial_shift)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(x)


def double_conv(in_channels: int, out_channels: int, dims: int) -> nn.Sequential:
    """Convolution of side 3, batch norm, ReLU; twice."""
    first = ConvNorm(in_channels, out_channels, 3, dims=dims)
    return numbered(first, ConvNorm(out_channels, out_channels, 3, dims=dims))


def max_pool(x: Tensor, size: int = 2) -> Tensor:
    """Over windows of `size` per axis, in 2-D or 3-D."""
    return (F.max_pool2d if x.dim() == 4 else F.max_pool3d)(x, size)


def join(first: Tensor, second: Tensor) -> Tensor:
    """The channels of the first, then those of the second."""
    return torch.cat([first, second], dim=1)


def numbered(*modules: nn.Module) -> nn.Sequential:
    """A sequence whose children are called 1, 2, ... as in the tables of the model package."""
    sequence = nn.Sequential()
    for number, module in enumerate(modules, start=1):
        sequence.add_module(str(number), module)
    return sequence
