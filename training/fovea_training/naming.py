"""The one table of tensor names and shapes per architecture; a test of the Swift package holds its own table equal.

Names are `<network>.<node>[.<i>].<conv|bn|linear|prelu>.<weight|bias|running_mean|running_var>`, with the nodes that the module
of each network in `networks/` lists. Convolution weights are [out, in, k0, k1, k2] as PyTorch has them ([in, out, ...] where
transposed, [out, in] for linear layers).

The table of LowRes stands here, so that its importer needs NumPy alone; those of the other architectures are what their
PyTorch modules hold.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

Shape = tuple[int, ...]
Table = dict[str, Shape]
ARCHITECTURES = (
    "lowres", "autopath-r18", "autopath-r50", "sts-unet2d", "sts-unet3d", "resized-unet2d", "resized-unet3d", "clstm",
    "unet3d", "deepmedic39", "mobilenetv2-unet3d", "enet3d",
)  # fmt: skip
PAIR = "sts-pair"
"""Two of the above, `rough` and `fine`, each as {"architecture": {...}, "preprocessing": [...]}."""


def tensor_table(architecture: dict) -> Table:
    """Names and shapes of every tensor of an architecture, as the `architecture` object of model.json describes it."""
    name = architecture["name"]
    if name == "lowres":
        return lowres(architecture)
    if name == PAIR:
        return _pair(architecture)
    if name not in ARCHITECTURES:
        raise ValueError(f"no tensor table for architecture {name!r} (known: {', '.join(ARCHITECTURES)})")
    return _from_network(architecture)


def _pair(architecture: dict) -> Table:
    """The tensors of both members, each under its role."""
    members = {role: tensor_table(architecture[role]["architecture"]) for role in ("rough", "fine")}
    return {f"{role}.{tensor}": shape for role, table in members.items() for tensor, shape in table.items()}


def _from_network(architecture: dict) -> Table:
    """The tensors of the PyTorch network, without its counters of batches."""
    import torch

    from fovea_training.networks import build

    with torch.device("meta"):
        state = build(architecture).state_dict()
    return {name: tuple(value.shape) for name, value in state.items() if not name.endswith("num_batches_tracked")}


def lowres(architecture: dict) -> Table:
    """LowRes: `stage1` proposes at 1/8 resolution, `stage2` refines each box at full resolution."""
    return _lowres_stage1(architecture) | _lowres_stage2(architecture)


def _lowres_stage1(architecture: dict) -> Table:
    f, inputs, outputs = (architecture[key] for key in ("features", "in_channels", "out_channels"))
    return (
        _conv("stage1.a", inputs, f, 3)
        | _pre("stage1.b", f, f, 3, bias=True)
        | _res_block("stage1.F2", f, 3)
        | _pre("stage1.c", f, 2 * f, 3, bias=True)
        | _res_block("stage1.d", 2 * f, 3)
        | _res_block("stage1.F4", 2 * f, 3)
        | _pre("stage1.e", 2 * f, 4 * f, 3, bias=True)
        | _res_block("stage1.f", 4 * f, 3)
        | _res_block("stage1.g", 4 * f, 3)
        | _res_block("stage1.F8", 4 * f, 1)
        | _pre("stage1.Y8.1", 4 * f, outputs, 1)
        | _bn("stage1.Y8.2", outputs)
    )


def _lowres_stage2(architecture: dict) -> Table:
    f, inputs, outputs = (architecture[key] for key in ("features", "in_channels", "out_channels"))
    wide = f + inputs
    return (
        _conv("stage2.p8", 4 * f, 2 * f, 1)
        | _conv("stage2.p4", 2 * f, wide, 1)
        | _plain_res("stage2.q.1", wide, 3)
        | _plain_res("stage2.q.2", wide, 3)
        | _conv("stage2.r", wide, f, 3)
        | _plain_res("stage2.v.1", wide, 3)
        | _plain_res("stage2.v.2", wide, 3)
        | _plain_res("stage2.v.3", wide, 1)
        | _conv("stage2.Y", wide, outputs, 1)
    )


def _conv(node: str, inputs: int, outputs: int, kernel: int, bias: bool = False) -> Table:
    weight = {f"{node}.conv.weight": (outputs, inputs, kernel, kernel, kernel)}
    return weight | ({f"{node}.conv.bias": (outputs,)} if bias else {})


def _bn(node: str, channels: int) -> Table:
    return {f"{node}.bn.{part}": (channels,) for part in ("weight", "bias", "running_mean", "running_var")}


def _pre(node: str, inputs: int, outputs: int, kernel: int, bias: bool = False) -> Table:
    """BN, ReLU, convolution."""
    return _bn(node, inputs) | _conv(node, inputs, outputs, kernel, bias)


def _res_block(node: str, channels: int, kernel: int) -> Table:
    """Two `pre` units around an identity shortcut."""
    return _pre(f"{node}.1", channels, channels, kernel) | _pre(f"{node}.2", channels, channels, kernel)


def _plain_res(node: str, channels: int, kernel: int) -> Table:
    """Two convolutions with bias and without BN around an identity shortcut."""
    first = _conv(f"{node}.1", channels, channels, kernel, bias=True)
    return first | _conv(f"{node}.2", channels, channels, kernel, bias=True)




def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("architecture", help='the `architecture` object of model.json, for example \'{"name": "lowres", ...}\'')
    parser.add_argument("output", type=Path, help="JSON file to write")


def run(arguments: argparse.Namespace) -> int:
    architecture = json.loads(arguments.architecture)
    table = {name: list(shape) for name, shape in tensor_table(architecture).items()}
    text = json.dumps({"architecture": architecture, "tensors": table}, indent=1)
    arguments.output.write_text(text + "\n")
    return 0
