"""Golden activations of every network but LowRes, at small odd shapes (see `golden` for the form of a sample).

Positions count through (channel, slices or z, y, x), or (channel, x, y, z) where `axes` says so. Outputs are named by node, except
`Y`, the network's logits, and what the docstrings of the functions below name.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from fovea_training import parity
from fovea_training.naming import Shape, tensor_table
from fovea_training.networks import Architecture, build
from fovea_training.networks.autopath import AutoPath
from fovea_training.networks.clstm import ConvolutionalLSTM
from fovea_training.sampling import sample

Golden = dict[str, Any]
SAMPLES = 100
"""Positions per activation."""

# architecture, shape of the input without its channel, nodes
NETWORKS = {
    "sts-unet2d": ({"width": 8}, (3, 48, 80), ("rough.e1", "rough.e3", "rough.bottom", "rough.u4", "rough.d3", "rough.d1")),
    "sts-unet3d": ({"width": 4}, (16, 48, 32), ("rough.e1", "rough.e3", "rough.bottom", "rough.u4", "rough.d3", "rough.d1")),
    "unet3d": ({"width": 6}, (24, 16, 40), ("unet.stem", "unet.e1", "unet.e4", "unet.u3", "unet.d3", "unet.d1")),
    "deepmedic39": (
        {"width": 4}, (51, 57, 54),
        ("deepmedic.A.1", "deepmedic.A.2", "deepmedic.A.3", "deepmedic.A.5", "deepmedic.B.5", "deepmedic.f"),
    ),
    "mobilenetv2-unet3d": (
        {"width": 12}, (64, 32, 96),
        ("mobilenet.stem", "mobilenet.b1", "mobilenet.b3", "mobilenet.b13", "mobilenet.b17", "mobilenet.d4", "mobilenet.Y"),
    ),
    "enet3d": (
        {"width": 12}, (56, 40, 24),
        ("enet.initial", "enet.s1.4", "enet.s2.3", "enet.s3.8", "enet.up2", "enet.up1", "enet.s5.1"),
    ),
}  # fmt: skip
AXES = {"unet3d": "xyz", "deepmedic39": "xyz", "mobilenetv2-unet3d": "xyz", "enet3d": "xyz"}
"""Those that are not here have z, y, x."""
AUTOPATH_SHAPE = (30, 94, 70)
AUTOPATH_NODES = ("backbone.stem", "backbone.L1.1", "backbone.L2.1", "backbone.L4.2", "backbone.aspp", "backbone.decoder.1")
PUBLISHED_WINDOW = (48, 256, 256)
CLSTM_SHAPE = (5, 48, 80)


@torch.inference_mode()
def all_golden() -> dict[str, Golden]:
    """Architecture to content of its file."""
    files = {name: plain_golden(name) for name in NETWORKS}
    files["clstm"] = clstm_golden()
    dropped = {"autopath-r18": (1, 4, 6), "autopath-r50": (0, 5, 9, 10, 13)}
    return files | {name: autopath_golden(name, blocks) for name, blocks in dropped.items()}


def plain_golden(name: str) -> Golden:
    """One pass of one network: of Segment-then-Segment the rough one."""
    hyper, shape, nodes = NETWORKS[name]
    golden, model = deterministic({"name": name, **hyper}, AXES.get(name, "zyx"))
    slices = name == "sts-unet2d"
    activations = observe(model, getattr(model, "rough", model), network_input(shape, slices), nodes)
    return golden | {"input_shape": [1, *shape], "outputs": samples(activations, slices)}


def clstm_golden() -> Golden:
    """All slices of a volume: nodes of the U-Net, `h` and `c` after each slice, `Y`."""
    architecture = {"name": "clstm", "width": 8, "hidden": 5}
    golden, model = deterministic(architecture, "zyx")
    assert isinstance(model, ConvolutionalLSTM)
    volume = network_input(CLSTM_SHAPE, slices=True)
    nodes = ("unet.e1", "unet.e3", "unet.e5", "unet.d4", "unet.d1", "unet.gates")
    activations = observe(model, model.unet, volume, nodes)
    states = model.states(volume)
    activations |= {"h": torch.cat([state.h for state in states]), "c": torch.cat([state.c for state in states])}
    activations["Y"] = model.lstm.readout(activations["h"])
    return golden | {"input_shape": [1, *CLSTM_SHAPE], "outputs": samples(activations, slices=True)}


def autopath_golden(name: str, dropped: Iterable[int]) -> Golden:
    """`paths`: the full one, one with some blocks dropped and one with none left; `policies`: the logits of keeping each block,
    at an odd size and at the published window."""
    golden, model = deterministic({"name": name, "width": 6, "policy": True}, "zyx")
    assert isinstance(model, AutoPath)
    count = len(model.backbone.blocks())
    some = [index not in tuple(dropped) for index in range(count)]
    x = network_input(AUTOPATH_SHAPE)
    paths = [autopath_run(model, x, path) for path in ([True] * count, some, [False] * count)]
    policies = [policy_run(model, shape) for shape in (AUTOPATH_SHAPE, PUBLISHED_WINDOW)]
    return golden | {"input_shape": [1, *AUTOPATH_SHAPE], "paths": paths, "policies": policies}


def autopath_run(model: AutoPath, x: Tensor, path: list[bool]) -> Golden:
    keep = torch.tensor([path])
    return {"keep": path, "outputs": samples(observe(model, lambda x: model.backbone(x, keep), x, AUTOPATH_NODES))}


def policy_run(model: AutoPath, shape: Shape) -> Golden:
    logits = model.policy(network_input(shape))
    return {"input_shape": [1, *shape], "outputs": samples({"keep": logits[..., None, None, None]})}


def deterministic(architecture: Architecture, axes: str) -> tuple[Golden, nn.Module]:
    """The network with the weights of `parity`, and the head of its file: architecture, table of tensors, axes."""
    architecture = {**architecture, "in_channels": 1, "out_channels": 1}
    table = tensor_table(architecture)
    model = build(architecture)
    weights = {name: torch.from_numpy(values) for name, values in parity.weights(table).items()}
    _, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected:
        raise ValueError(f"tensors that the network does not have: {unexpected}")
    parameters = {name: list(shape) for name, shape in table.items()}
    return {"architecture": architecture, "axes": axes, "parameters": parameters}, model.eval()


def network_input(shape: Shape, slices: bool = False) -> Tensor:
    """(1, 1, *shape), or the slices of a volume as a batch."""
    x = torch.from_numpy(parity.network_input(shape))
    return x[:, None] if slices else x[None, None]


def observe(model: nn.Module, forward: Any, x: Tensor, nodes: Iterable[str]) -> dict[str, Tensor]:
    """What each node gives in a pass, and the result as `Y`."""
    seen: dict[str, Tensor] = {}
    hooks = [
        model.get_submodule(node).register_forward_hook(
            lambda _, __, result, node=node: seen.update({node: result.clone()})
        )
        for node in nodes
    ]
    result = forward(x)
    for hook in hooks:
        hook.remove()
    return seen | {"Y": result}


def samples(activations: dict[str, Tensor], slices: bool = False) -> Golden:
    """Samples of (1, channel, ...) arrays; of slices (slice, channel, y, x) as (channel, slice, y, x)."""
    volumes = {name: values.transpose(0, 1)[None] if slices else values for name, values in activations.items()}
    return {name: sample(values, SAMPLES) for name, values in volumes.items()}
