"""`import-lowres CHECKPOINT OUT_DIR`: the LowRes authors' released checkpoint as a model package.

Needs NumPy only.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import sys
from pathlib import Path

import numpy as np

from fovea_training.checkpoint import CheckpointError, read_state_dict
from fovea_training.package import write_package

# The authors' module path of each node: `pre` is BN + convolution, `res` two of them, `plain` two convolutions with bias.
STAGE1 = {
    "b": ("path_x2.1", "pre"), "F2": ("path_x2.2", "res"),
    "c": ("path_x4.1", "pre"), "d": ("path_x4.2", "res"), "F4": ("path_x4.3", "res"),
    "e": ("path_x8.1", "pre"), "f": ("path_x8.2", "res"), "g": ("path_x8.3", "res"), "F8": ("path_x8.4", "res"),
    "Y8.1": ("output_x8.0", "pre"),
}  # fmt: skip
STAGE2 = {
    "q.1": ("path_x2.0", "plain"), "q.2": ("path_x2.1", "plain"),
    "v.1": ("path_x1.0", "plain"), "v.2": ("path_x1.1", "plain"), "v.3": ("path_x1.2", "plain"),
    "p8": ("path_x8.conv", "conv"), "p4": ("path_x4.conv", "conv"), "r": ("path_x2.2.conv", "conv"),
    "Y": ("output_x1.0", "conv"),
}  # fmt: skip


def prefixes() -> dict[str, str]:
    """Our prefix of each module of the checkpoint that owns tensors."""
    names = {"0.path_x2.0": "stage1.a.conv", "0.output_x8.1": "stage1.Y8.2.bn"}
    for stage, number, nodes in (("stage1", "0", STAGE1), ("stage2", "1", STAGE2)):
        for node, (path, kind) in nodes.items():
            names |= _node_prefixes(f"{stage}.{node}", f"{number}.{path}", kind)
    return names


def _node_prefixes(ours: str, theirs: str, kind: str) -> dict[str, str]:
    if kind == "conv":
        return {theirs: f"{ours}.conv"}
    if kind == "pre":
        return {f"{theirs}.bn": f"{ours}.bn", f"{theirs}.layer": f"{ours}.conv"}
    if kind == "plain":
        return {f"{theirs}.path.0": f"{ours}.1.conv", f"{theirs}.path.2": f"{ours}.2.conv"}
    first = _node_prefixes(f"{ours}.1", f"{theirs}.conv_path.0", "pre")
    return first | _node_prefixes(f"{ours}.2", f"{theirs}.conv_path.1", "pre")


def rename(checkpoint: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Our names for the tensors of the checkpoint; PyTorch's counters of batches are dropped."""
    names, tensors = prefixes(), {}
    for name, tensor in checkpoint.items():
        module, _, part = name.rpartition(".")
        if part == "num_batches_tracked":
            continue
        if module not in names:
            raise CheckpointError(f"tensor {name!r} does not belong to the published LowRes network")
        tensors[f"{names[module]}.{part}"] = tensor.astype(np.float32)
    return tensors


def manifest(name: str, source_digest: str) -> dict:
    """model.json for the published LUNA16 network: its preprocessing (methods.md §1e) and nothing measured by us."""
    return {
        "name": name,
        "version": "1.0.0",
        "title": "LowRes, LUNA16 (authors' checkpoint)",
        "architecture": {"name": "lowres", "features": 16, "in_channels": 1, "out_channels": 1},
        "input": {"modality": ["CT"], "orientation": "LPS", "spacing_mm": None},
        "preprocessing": [
            {"step": "roi", "roi": "lungs"},
            {"step": "crop_to_roi", "margin_voxels": 5},
            {"step": "fill_outside_roi", "value": "minimum"},
            {"step": "clip", "low": -1000, "high": 300},
            {"step": "scale", "from": [-1000, 300], "to": [0, 1]},
        ],
        "applicability": {"minimum_roi_ml": 500, "minimum_slices": 8},
        "output": {"threshold": 0.5, "instances": True, "minimum_volume_ml": 0},
        "labels": [LUNG_NODULE],
        "provenance": {
            "data": [{"name": "LUNA16 (LIDC-IDRI)", "licence": "CC BY 3.0", "credit": "LIDC-IDRI, LUNA16 challenge"}],
            "recipe": "trained by the authors of LowRes (neuro-ml/low-resolution); imported by import-lowres",
            "seed": None,
            "cost": None,
            "code_revision": f"checkpoint sha256 {source_digest}",
            "date": datetime.date.today().isoformat(),
        },
        "measured": [],
        "intended_use": "Checking this implementation against the authors' own network. Research use only.",
    }


LUNG_NODULE = {
    "value": 1,
    "label": "Lung nodule",
    "category": {"code": "49755003", "scheme": "SCT", "meaning": "Morphologically Altered Structure"},
    "type": {"code": "27925004", "scheme": "SCT", "meaning": "Nodule"},
    "region": {"code": "39607008", "scheme": "SCT", "meaning": "Lung"},
    "color": [144, 238, 144],
}

README = """# LowRes, LUNA16 (authors' checkpoint)

Imported from the checkpoint that the authors of LowRes released. Their repository carries no licence: this package is for
checking an implementation, and must not be passed on. Research use only.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", type=Path, help="the authors' released .pth file")
    parser.add_argument("output", type=Path, help="folder of the package; its name becomes the model's name")


def run(arguments: argparse.Namespace) -> int:
    try:
        tensors = rename(read_state_dict(arguments.checkpoint))
        digest = hashlib.sha256(arguments.checkpoint.read_bytes()).hexdigest()
        output = arguments.output.resolve()
        write_package(output, manifest(output.name, digest), tensors, README)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"import-lowres: {error}", file=sys.stderr)
        return 1
    print(f"{output}: {sum(t.size for t in tensors.values())} values in {len(tensors)} tensors")
    return 0
