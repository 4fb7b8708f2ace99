"""The networks as a peer runs them: published size, deterministic weights, one forward function."""

import torch
from torch import Tensor, nn

from fovea_training import parity
from fovea_training.naming import tensor_table
from fovea_training.networks import Architecture, build
from fovea_training.networks.lowres import Stage1Maps

HYPER_PARAMETERS: dict[str, dict[str, int | bool]] = {
    "lowres": {"features": 16},
    "autopath-r18": {"width": 64, "policy": True},
    "autopath-r50": {"width": 64, "policy": True},
    "sts-unet2d": {"width": 32},
    "sts-unet3d": {"width": 32},
    "clstm": {"width": 64, "hidden": 1},
    "unet3d": {"width": 32},
    "deepmedic39": {"width": 10},
    "mobilenetv2-unet3d": {"width": 32},
    "enet3d": {"width": 16},
}
"""The published ones."""


def architecture(name: str) -> Architecture:
    """The `architecture` object of model.json."""
    return {"name": name, "in_channels": 1, "out_channels": 1, **HYPER_PARAMETERS[name]}


def network(name: str) -> nn.Module:
    """With the weights of the parity tests."""
    model = build(architecture(name))
    weights = parity.weights(tensor_table(architecture(name)))
    model.load_state_dict({key: torch.from_numpy(values) for key, values in weights.items()}, strict=False)
    return model.eval()


class Plain(nn.Module):
    """One pass of the network; of Segment-then-Segment the rough one, of AutoPath the backbone with a fixed path."""

    def __init__(self, name: str, dropped: tuple[int, ...] = ()) -> None:
        super().__init__()
        model = network(name)
        self.model = getattr(model, "rough", getattr(model, "backbone", model))
        count = len(self.model.blocks()) if dropped else 0
        self.path = [index not in dropped for index in range(count)]

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x, torch.tensor([self.path])) if self.path else self.model(x)


class Policy(nn.Module):
    """AutoPath's policy network."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.policy = network(name).policy

    def forward(self, x: Tensor) -> Tensor:
        return self.policy(x)


class Stage1(nn.Module):
    """Stage 1 of LowRes: the logits, and the maps as well where Stage 2 is to follow."""

    def __init__(self, with_maps: bool) -> None:
        super().__init__()
        self.stage1, self.with_maps = network("lowres").stage1, with_maps

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        maps = self.stage1(x)
        return tuple(maps) if self.with_maps else maps.y8


class Stage2(nn.Module):
    """Stage 2 of LowRes on the crops of one box."""

    def __init__(self) -> None:
        super().__init__()
        self.stage2 = network("lowres").stage2

    def forward(self, x: Tensor, x2: Tensor, f2: Tensor, f4: Tensor, f8: Tensor) -> Tensor:
        return self.stage2(x, Stage1Maps(x2, f2, f4, f8, f8[:, :1]))


class BothStages(nn.Module):
    """LowRes where everything is proposed: one box over the whole volume."""

    def __init__(self) -> None:
        super().__init__()
        self.model = network("lowres")

    def forward(self, x: Tensor) -> Tensor:
        return self.model.stage2(x, self.model.stage1(x))


class Stage2Convolutions(nn.Module):
    """The four 17-channel convolutions of side 3 at full resolution."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = network("lowres").stage2.v[:2]

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(x)
