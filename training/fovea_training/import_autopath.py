"""`import-autopath SEGMENTATION OUT_DIR [--agent AGENT]`: checkpoints of the published AutoPath code as a model package.

The code (JustThinker/AutoPath) saves {"seg_model": state dict, ...} for the segmentation network and {"agent": state dict, ...}
for the policy; a bare state dict is read as well, and the prefix `module.` of parallel training is taken off. ResNet-18 or
ResNet-50 is told by the tensors. Every tensor must be there, with its shape, and nothing else.
"""

import argparse
import datetime
import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

from fovea_training.checkpoint import CheckpointError, read_checkpoint, require_state_dict
from fovea_training.naming import Table, tensor_table
from fovea_training.networks.autopath import BLOCKS
from fovea_training.package import write_package

State = dict[str, np.ndarray]
WINDOW = 48
"""Slices of the published window."""
SHOWN = 6
"""Names that a message lists."""

# The authors' module of each of ours.
SEGMENTATION = {
    **{f"aspp.{i}.conv": f"conv_seg.0.aspp{i}.atrous_conv" for i in range(1, 5)},
    **{f"aspp.{i}.bn": f"conv_seg.0.aspp{i}.bn" for i in range(1, 5)},
    "aspp.5.conv": "conv_seg.0.global_avg_pool.1", "aspp.5.bn": "conv_seg.0.global_avg_pool.2",
    "aspp.out.conv": "conv_seg.0.conv1", "aspp.out.bn": "conv_seg.0.bn1",
    "decoder.1.conv": "conv_seg.1", "decoder.1.bn": "conv_seg.2",
    "decoder.2.conv": "conv_seg.4", "decoder.2.bn": "conv_seg.5",
    "decoder.3.conv": "conv_seg.7",
}  # fmt: skip
AGENT = {"keep.linear": "logit", "value.linear": "vnet"}


def read(path: Path, key: str) -> State:
    """The state dict under `key`, or the file's own where it is one; counters of batches are left out."""
    content = read_checkpoint(path)
    state = require_state_dict(content.get(key, content), f"{path}: neither the file nor its {key!r}")
    return {
        name.removeprefix("module."): tensor.astype(np.float32)
        for name, tensor in state.items()
        if not name.endswith("num_batches_tracked")
    }


def rename(segmentation: State, agent: State | None) -> tuple[dict[str, Any], State]:
    """The architecture and our tensors. Raises CheckpointError with the names that are missing, unknown or misshapen."""
    architecture = recognise(segmentation, agent)
    table = tensor_table(architecture)
    tensors = _match("backbone", SEGMENTATION, "", segmentation, table)
    return architecture, tensors | (_match("policy", AGENT, "features.", agent, table) if agent else {})


def recognise(segmentation: State, agent: State | None) -> dict[str, Any]:
    """The `architecture` object of model.json, from the blocks and the first convolution."""
    blocks = {tuple(name.split(".")[1:3]) for name in segmentation if name.startswith("blocks.")}
    counts = tuple(sum(layer == str(index) for layer, _ in blocks) for index in range(4))
    bottleneck = "blocks.0.0.conv3.weight" in segmentation
    name = next((name for name in BLOCKS if BLOCKS[name] == counts and bottleneck == (name == "autopath-r50")), None)
    if name is None or "conv1.weight" not in segmentation:
        kind = "bottlenecks" if bottleneck else "basic blocks"
        raise CheckpointError(f"not AutoPath on ResNet-18 or ResNet-50: layers of {counts} {kind}")
    width, channels = segmentation["conv1.weight"].shape[:2]
    return {
        "name": name, "width": width, "policy": agent is not None, "window": WINDOW, "in_channels": channels,
        "out_channels": 1,
    }  # fmt: skip


def authors_name(ours: str, modules: dict[str, str], prefix: str) -> str:
    """The authors' name of a tensor of ours without its network; `prefix` is that of the policy's residual network."""
    module, _, part = ours.rpartition(".")
    if module in modules:
        return f"{modules[module]}.{part}"
    node, *path, kind = module.split(".")
    if node == "stem":
        return f"{prefix}{kind}1.{part}"
    layer, (block, index) = int(node.removeprefix("L")) - 1, path
    if index == "ds":
        return f"{prefix}ds.{layer}.{0 if kind == 'conv' else 1}.{part}"
    return f"{prefix}blocks.{layer}.{int(block) - 1}.{kind}{index}.{part}"


def _match(network: str, modules: dict[str, str], prefix: str, state: State, table: Table) -> State:
    """Our tensors of one network, all of them and nothing else."""
    ours = [name for name in table if name.startswith(f"{network}.")]
    theirs = {name: authors_name(name.removeprefix(f"{network}."), modules, prefix) for name in ours}
    missing = [source for source in theirs.values() if source not in state]
    unknown = sorted(state.keys() - set(theirs.values()))
    shapes = [
        f"{source} {state[source].shape} for {table[name]}"
        for name, source in theirs.items()
        if source in state and state[source].shape != table[name]
    ]
    problems = [("missing", missing), ("unknown", unknown), ("of another shape", shapes)]
    if any(names for _, names in problems):
        parts = [f"{len(names)} {what}: {', '.join(names[:SHOWN])}" for what, names in problems if names]
        raise CheckpointError(f"the {network} is not the published one; tensors {'; '.join(parts)}")
    return {name: state[source] for name, source in theirs.items()}


def manifest(name: str, architecture: dict[str, Any], spacing: list[float], digests: list[str]) -> dict[str, Any]:
    """model.json for a network trained with the published preprocessing (clip to [-200, 250] HU, divide by 200)."""
    return {
        "name": name,
        "version": "1.0.0",
        "title": "AutoPath, liver (imported checkpoint)",
        "architecture": architecture,
        "input": {"modality": ["CT"], "orientation": "LPS", "spacing_mm": spacing},
        "preprocessing": [
            {"step": "clip", "low": -200, "high": 250},
            {"step": "scale", "from": [-200, 250], "to": [-1, 1.25]},
        ],
        "applicability": {"minimum_slices": 8},
        "output": {"threshold": 0.5, "instances": False, "minimum_volume_ml": 0},
        "labels": [LIVER],
        "provenance": {
            "data": [{"name": "as of the checkpoint", "licence": "not stated with the checkpoint", "credit": "its authors"}],
            "recipe": "trained with JustThinker/AutoPath; imported by import-autopath",
            "seed": None,
            "cost": None,
            "code_revision": f"checkpoints sha256 {' '.join(digests)}",
            "date": datetime.date.today().isoformat(),
        },
        "measured": [],
        "intended_use": "Checking this implementation against a network of the authors' code. Research use only.",
    }


LIVER = {
    "value": 1,
    "label": "Liver",
    "category": {"code": "123037004", "scheme": "SCT", "meaning": "Anatomical Structure"},
    "type": {"code": "10200004", "scheme": "SCT", "meaning": "Liver"},
    "region": {"code": "818983003", "scheme": "SCT", "meaning": "Abdomen"},
    "color": [221, 130, 101],
}

README = """# AutoPath, liver (imported checkpoint)

Imported from checkpoints of the published AutoPath code. Whoever trained them decides on their use; the data that they saw is
not known to the importer. Research use only.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("segmentation", type=Path, help="checkpoint of the segmentation network")
    parser.add_argument("output", type=Path, help="folder of the package; its name becomes the model's name")
    parser.add_argument("--agent", type=Path, help="checkpoint of the policy; without it every block is always computed")
    parser.add_argument(
        "--spacing", type=float, nargs=3, metavar=("X", "Y", "Z"), default=[1.5, 1.5, 1.0],
        help="mm that images are resampled to; as published 1 mm between slices and half of the original in plane, "
        "which is about 1.5 mm for CT of the abdomen (the default)",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    files = [arguments.segmentation, *([arguments.agent] if arguments.agent else [])]
    try:
        agent = read(arguments.agent, "agent") if arguments.agent else None
        architecture, tensors = rename(read(arguments.segmentation, "seg_model"), agent)
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
        output = arguments.output.resolve()
        write_package(output, manifest(output.name, architecture, arguments.spacing, digests), tensors, README)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"import-autopath: {error}", file=sys.stderr)
        return 1
    print(f"{output}: {architecture['name']}, {sum(t.size for t in tensors.values())} values in {len(tensors)} tensors")
    return 0
