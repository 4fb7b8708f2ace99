"""Writes a model package: a folder with model.json, weights.safetensors and README.md that the node checks and reads."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np

from fovea_training.naming import tensor_table

WEIGHTS_FILE = "weights.safetensors"
SAFETENSORS_TYPES = {np.dtype("<f4"): "F32", np.dtype("<f2"): "F16"}

# The keys of model.json that a caller gives; `format` and `weights` are filled in here.
MANIFEST_KEYS = (
    "name", "version", "title", "architecture", "input", "preprocessing", "applicability", "output", "labels",
    "provenance", "measured", "intended_use",
)  # fmt: skip


def write_package(
    directory: Path, manifest: dict, tensors: dict[str, np.ndarray], readme: str, example_png: bytes | None = None
) -> None:
    """Writes the package so that `directory` (named as the model) holds either the whole of it or what was there before.

    `manifest` has exactly MANIFEST_KEYS. `tensors` has exactly the names and shapes of the architecture's table, as float32
    or, for weights at half the size, float16.
    """
    _check(directory, manifest, tensors)
    weights = safetensors_bytes(tensors)
    entry = {"file": WEIGHTS_FILE, "sha256": hashlib.sha256(weights).hexdigest(), "bytes": len(weights)}
    model = {"format": 1} | manifest | {"weights": entry}
    files = {
        WEIGHTS_FILE: weights,
        "model.json": (json.dumps(model, indent=2, ensure_ascii=False) + "\n").encode(),
        "README.md": readme.encode(),
    }
    if example_png is not None:
        files["example.png"] = example_png
    _replace_directory(directory, files)


def safetensors_bytes(tensors: dict[str, np.ndarray]) -> bytes:
    """The safetensors form: length of the header, JSON header padded to 8 bytes, then the tensors without gaps."""
    header, blocks, offset = {}, [], 0
    for name, tensor in tensors.items():
        little = np.ascontiguousarray(tensor, dtype=tensor.dtype.newbyteorder("<"))
        end = offset + little.nbytes
        header[name] = {
            "dtype": SAFETENSORS_TYPES[little.dtype], "shape": list(tensor.shape), "data_offsets": [offset, end],
        }  # fmt: skip
        blocks.append(little.tobytes())
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(blocks)


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a file that this package wrote, as float32."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header, base = json.loads(data[8 : 8 + length]), 8 + length
    types = {name: dtype for dtype, name in SAFETENSORS_TYPES.items()}
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        flat = np.frombuffer(data[base + start : base + end], dtype=types[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"]).astype(np.float32)
    return tensors


def _check(directory: Path, manifest: dict, tensors: dict[str, np.ndarray]) -> None:
    if set(manifest) != set(MANIFEST_KEYS):
        raise ValueError(f"manifest keys differ from the format: {sorted(set(manifest) ^ set(MANIFEST_KEYS))}")
    if directory.name != manifest["name"]:
        raise ValueError(f"the folder must be named as the model: {directory.name!r} is not {manifest['name']!r}")
    expected = tensor_table(manifest["architecture"])
    if set(tensors) != set(expected):
        raise ValueError(f"tensor names differ from the architecture's: {sorted(set(tensors) ^ set(expected))[:8]}")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name]:
            raise ValueError(f"{name}: shape {tensor.shape}, expected {expected[name]}")
        if not np.isfinite(tensor).all():
            raise ValueError(f"{name}: not all values are finite")


def _replace_directory(directory: Path, files: dict[str, bytes]) -> None:
    """Writes beside the target, syncs, and swaps by renaming; whatever fails, the target stays as it was."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        part.chmod(0o755)
        for name, content in files.items():
            with open(part / name, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        previous = part.with_name(f"{part.name}.previous")
        if directory.exists():
            directory.rename(previous)
        try:
            part.rename(directory)
        except OSError:
            if previous.exists():
                previous.rename(directory)
            raise
        shutil.rmtree(previous, ignore_errors=True)
    finally:
        shutil.rmtree(part, ignore_errors=True)
