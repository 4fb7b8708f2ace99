"""AutoPath: a 3-D DeepLab V3 whose residual blocks a policy network keeps or drops for each image.

Source: Sun et al., "AutoPath: Image-Specific Inference for 3D Segmentation" (Frontiers in Neurorobotics 2020) and the authors'
code. Tensors are (batch, channel, z, y, x). A path is one boolean per residual block, in order: True keeps it.

Nodes of `backbone`, all with `conv` and `bn` unless noted:
- stem
- L1 ... L4: `L<layer>.<block>.<i>`, where i counts the convolutions of the residual function (2, or 3 in bottlenecks), and
  `L<layer>.1.ds`, the projection of a shortcut that changes stride or channels
- `aspp.1` (side 1), `aspp.2`, `aspp.3`, `aspp.4` (dilation 6, 12, 18), `aspp.5` (after the global average), `aspp.out`
- `decoder.1` (transposed, with bias), `decoder.2`, `decoder.3` (`conv` alone)
Nodes of `policy`: stem, L1 ... L4 with one basic block each, `keep.linear` (one logit per block) and `value.linear`, which the
published code has and never uses; both linear layers have a bias.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fovea_training.networks.units import ConvNorm, PlainConv, Up, numbered

BLOCKS = {"autopath-r18": (2, 2, 2, 2), "autopath-r50": (3, 4, 6, 3)}
"""Residual blocks in L1 ... L4."""
STRIDES = ((1, 1, 1), (1, 2, 2), (1, 2, 2), (1, 2, 2))
"""Of the first block of each layer."""
DILATIONS = (6, 12, 18)
POLICY_MAP = (6, 4, 4)
"""The policy's last map for the published window, 48 x 256 x 256; its average pooling leaves out the last two planes."""


class Block(nn.Module):
    """A residual block: kept, ReLU(S + F(x)); dropped, S alone, the shortcut with its projection if there is one."""

    def __init__(self, in_channels: int, channels: int, stride: tuple[int, ...], bottleneck: bool) -> None:
        super().__init__()
        out_channels = 4 * channels if bottleneck else channels
        if bottleneck:
            self.add_module("1", ConvNorm(in_channels, channels, 1))
            self.add_module("2", ConvNorm(channels, channels, 3, stride=stride))
            self.add_module("3", ConvNorm(channels, out_channels, 1, activation=None))
        else:
            self.add_module("1", ConvNorm(in_channels, channels, 3, stride=stride))
            self.add_module("2", ConvNorm(channels, channels, 3, activation=None))
        projects = stride != (1, 1, 1) or in_channels != out_channels
        self.ds = ConvNorm(in_channels, out_channels, 1, stride=stride, activation=None) if projects else None

    def forward(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """`keep`: a boolean for each image of the batch; all without. A block that nobody keeps is not computed."""
        shortcut = x if self.ds is None else self.ds(x)
        if keep is not None and not keep.any():
            return shortcut
        kept = F.relu(shortcut + self.residual(x))
        if keep is None or keep.all():
            return kept
        return torch.where(keep.view(-1, 1, 1, 1, 1), kept, shortcut)

    def residual(self, x: Tensor) -> Tensor:
        for name, module in self.named_children():
            x = x if name == "ds" else module(x)
        return x


class ResNet(nn.Module):
    """Stem, max pool and four layers of residual blocks."""

    def __init__(self, blocks: tuple[int, ...], bottleneck: bool, width: int, in_channels: int) -> None:
        super().__init__()
        self.stem = ConvNorm(in_channels, width, 7, stride=2)
        channels = width
        for layer, (count, stride) in enumerate(zip(blocks, STRIDES, strict=True)):
            inner = width << layer
            made = []
            for index in range(count):
                made.append(Block(channels, inner, stride if index == 0 else (1, 1, 1), bottleneck))
                channels = 4 * inner if bottleneck else inner
            self.add_module(f"L{layer + 1}", numbered(*made))
        self.channels = channels

    def blocks(self) -> list[Block]:
        """In the order of a path."""
        return [block for layer in (self.L1, self.L2, self.L3, self.L4) for block in layer]

    def features(self, x: Tensor, path: Tensor | None = None) -> Tensor:
        """The last map; `path` is (B, blocks), or none to keep all."""
        x = F.max_pool3d(self.stem(x), 3, stride=2, padding=1)
        for index, block in enumerate(self.blocks()):
            x = block(x, None if path is None else path[:, index])
        return x


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling: side 1, three dilations (z included), the global average; joined and projected."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.add_module("1", ConvNorm(in_channels, channels, 1))
        for number, dilation in enumerate(DILATIONS, start=2):
            self.add_module(str(number), ConvNorm(in_channels, channels, 3, dilation=dilation))
        self.add_module("5", ConvNorm(in_channels, channels, 1))
        self.out = ConvNorm(5 * channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        *branches, pooled, out = self.children()
        mean = pooled(x.mean(dim=(2, 3, 4), keepdim=True)).expand(-1, -1, *x.shape[2:])
        joined = torch.cat([*(branch(x) for branch in branches), mean], dim=1)
        return F.dropout3d(out(joined), p=0.5, training=self.training)


class UpNorm(Up):
    """Transposed convolution, batch norm, ReLU."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels)
        self.bn = nn.BatchNorm3d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(super().forward(x)))


class Backbone(ResNet):
    """The segmentation network: logits of the input's size."""

    def __init__(self, name: str, width: int = 64, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__(BLOCKS[name], name == "autopath-r50", width, in_channels)
        self.aspp = ASPP(self.channels, 4 * width)
        self.decoder = numbered(
            UpNorm(4 * width, width // 2), ConvNorm(width // 2, width // 2, 3), PlainConv(width // 2, out_channels, kernel=1)
        )

    def forward(self, x: Tensor, path: Tensor | None = None) -> Tensor:
        """`path`: booleans (B, blocks), or none to keep all."""
        logits = self.decoder(self.aspp(self.features(x, path)))
        return F.interpolate(logits, size=x.shape[2:], mode="trilinear", align_corners=True)


class Linear(nn.Module):
    """A linear layer under the node name `linear`."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x)


class Policy(ResNet):
    """Logits of keeping each block of the backbone, (B, blocks), from the image at half resolution."""

    def __init__(self, name: str, width: int = 64, in_channels: int = 1) -> None:
        super().__init__((1, 1, 1, 1), False, width, in_channels)
        self.keep = Linear(self.channels, sum(BLOCKS[name]))
        self.value = Linear(self.channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.keep(self.pooled(self.features(F.avg_pool3d(x, 2))))

    def pooled(self, maps: Tensor) -> Tensor:
        """The published pooling (side 4) at the published window, a global average at any other size."""
        if tuple(maps.shape[2:]) == POLICY_MAP:
            maps = F.avg_pool3d(maps, 4)
        return maps.mean(dim=(2, 3, 4))


class AutoPath(nn.Module):
    """Both networks. `name` is autopath-r18 or autopath-r50."""

    def __init__(
        self, name: str, width: int = 64, in_channels: int = 1, out_channels: int = 1, policy: bool = True
    ) -> None:
        super().__init__()
        self.backbone = Backbone(name, width, in_channels, out_channels)
        self.policy = Policy(name, width, in_channels) if policy else None
