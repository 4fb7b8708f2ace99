"""Convolutional LSTM over the axial slices of a volume, on top of a 2-D U-Net.

Source: van de Leemput et al., "Memory-efficient 2.5D convolutional LSTM for fully automated segmentation of whole brain CT"
(see methods of the model card for what the paper leaves open: hidden channels, readout, nearest upsampling without a halving
of channels). A volume is (slice, channel, y, x), slices from feet to head; sides y and x are multiples of 16.

Nodes of `unet`: e1 e2 e3 e4 e5 d4 d3 d2 d1 (double convolutions, `<node>.1` and `<node>.2` with `conv` and `bn`) and gates
(`conv` with bias, side 1); of `lstm`: hidden (`conv` with bias, side 3) and readout (`conv` with bias, side 1). The channels of
gates and hidden are four groups: i, f, o, g.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fovea_training.networks.units import PlainConv, double_conv, join, max_pool


class GateUNet(nn.Module):
    """The contribution of a slice to the four gates: (B, in, Y, X) to (B, 4C, Y, X)."""

    def __init__(self, width: int = 64, hidden: int = 1, in_channels: int = 1) -> None:
        super().__init__()
        w = width
        self.e1 = double_conv(in_channels, w, 2)
        self.e2 = double_conv(w, 2 * w, 2)
        self.e3 = double_conv(2 * w, 4 * w, 2)
        self.e4 = double_conv(4 * w, 8 * w, 2)
        self.e5 = double_conv(8 * w, 16 * w, 2)
        self.d4 = double_conv(24 * w, 8 * w, 2)
        self.d3 = double_conv(12 * w, 4 * w, 2)
        self.d2 = double_conv(6 * w, 2 * w, 2)
        self.d1 = double_conv(3 * w, w, 2)
        self.gates = PlainConv(w, 4 * hidden, kernel=1, bias=True, dims=2)

    def forward(self, x: Tensor) -> Tensor:
        e1 = self.e1(x)
        e2 = self.e2(max_pool(e1))
        e3 = self.e3(max_pool(e2))
        e4 = self.e4(max_pool(e3))
        x = self.e5(max_pool(e4))
        for decode, skip in ((self.d4, e4), (self.d3, e3), (self.d2, e2), (self.d1, e1)):
            x = decode(join(F.interpolate(x, scale_factor=2, mode="nearest"), skip))
        return self.gates(x)


class State(NamedTuple):
    """What a slice hands to the next one, each (1, C, Y, X)."""

    h: Tensor
    c: Tensor


class Recurrence(nn.Module):
    """The cell and the readout."""

    def __init__(self, hidden: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        self.hidden = PlainConv(hidden, 4 * hidden, kernel=3, bias=True, dims=2)
        self.readout = PlainConv(hidden, out_channels, kernel=1, bias=True, dims=2)

    def step(self, gates: Tensor, state: State) -> State:
        """The state after a slice whose gates from the U-Net are (1, 4C, Y, X)."""
        i, f, o, g = (gates + self.hidden(state.h)).chunk(4, dim=1)
        c = torch.sigmoid(f) * state.c + torch.sigmoid(i) * torch.tanh(g)
        return State(torch.sigmoid(o) * torch.tanh(c), c)


class ConvolutionalLSTM(nn.Module):
    """Logits of every slice of a volume. `width` 64 and `hidden` 1 are the published network, 31.4 M parameters."""

    def __init__(self, width: int = 64, hidden: int = 1, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__()
        self.hidden_channels = hidden
        self.unet = GateUNet(width, hidden, in_channels)
        self.lstm = Recurrence(hidden, out_channels)

    def initial_state(self, x: Tensor) -> State:
        """Zeros, for slices of x's size."""
        zeros = x.new_zeros(1, self.hidden_channels, *x.shape[-2:])
        return State(zeros, zeros)

    def forward(self, volume: Tensor) -> Tensor:
        """(Z, in, Y, X) to (Z, out, Y, X)."""
        return self.lstm.readout(torch.cat([state.h for state in self.states(volume)]))

    def states(self, volume: Tensor) -> list[State]:
        """The state after each slice."""
        state, states = self.initial_state(volume), []
        for x in volume.split(1):
            state = self.lstm.step(self.unet(x), state)
            states.append(state)
        return states
