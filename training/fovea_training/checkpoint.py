"""Reads PyTorch's two checkpoint forms (zip, and the older stream of pickles) without PyTorch.

The unpickler knows tensors and nothing else: a pickle may name any Python function, so everything but the few names below is
refused.
"""

from __future__ import annotations

import collections
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, Callable

import numpy as np

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
STORAGE_TYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


class CheckpointError(Exception):
    """The checkpoint is damaged, hostile, or not the network that this importer knows."""


class Storage:
    """A flat array of a checkpoint, whose numbers may come after the objects that refer to it (the older form)."""

    def __init__(self, dtype: str, count: int):
        self.dtype, self.count, self.values = np.dtype(dtype), count, None


class LazyTensor:
    """A view of a storage: offset, shape and strides in elements."""

    def __init__(self, storage: Storage, offset: int, shape: tuple, stride: tuple, *_):
        self.storage, self.offset, self.shape, self.stride = storage, offset, tuple(shape), tuple(stride)

    def array(self) -> np.ndarray:
        """The tensor as an array of its own; refuses a view that leaves its storage."""
        numbers = (self.offset, *self.shape, *self.stride)
        if len(self.shape) != len(self.stride) or any(type(n) is not int or n < 0 for n in numbers):
            raise CheckpointError("a tensor with an impossible shape")
        last = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.stride))
        if 0 not in self.shape and last >= self.storage.count:
            raise CheckpointError("a tensor reaches beyond its storage")
        values = self.storage.values[self.offset :]
        steps = [step * values.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(values, self.shape, steps).copy()


class RestrictedUnpickler(pickle.Unpickler):
    """Builds dictionaries and tensors; every other global is refused."""

    ALLOWED = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): LazyTensor,
    }

    def __init__(self, file: BinaryIO, storage: Callable[[str, str, int], Storage] | None = None):
        super().__init__(file, encoding="utf-8")
        self._storage = storage

    def find_class(self, module: str, name: str):
        if module == "torch" and name in STORAGE_TYPES:
            return name
        if (module, name) in self.ALLOWED:
            return self.ALLOWED[module, name]
        raise CheckpointError(f"the checkpoint asks for {module}.{name}, which a state dict does not need")

    def persistent_load(self, reference) -> Storage:
        if self._storage is None or not isinstance(reference, tuple) or reference[:1] != ("storage",) or len(reference) < 5:
            raise CheckpointError("an unknown kind of persistent object")
        kind, key, _, count = reference[1:5]
        if kind not in STORAGE_TYPES or type(key) is not str or type(count) is not int or count < 0:
            raise CheckpointError("an unknown kind of storage")
        return self._storage(kind, key, count)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The dictionary of a checkpoint, with arrays for tensors: one state dict, or several and what was saved beside them."""
    try:
        content = _read_zip(path) if zipfile.is_zipfile(path) else _read_legacy(path)
        return {name: _arrays(value) for name, value in content.items()}
    except (pickle.UnpicklingError, EOFError, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise CheckpointError(f"{path} is not a readable PyTorch checkpoint: {error}") from error


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """Name to array, for a checkpoint that is one state dict."""
    return require_state_dict(read_checkpoint(path), str(path))


def require_state_dict(value: Any, what: str) -> dict[str, np.ndarray]:
    """`value`, if it maps names to arrays."""
    if not isinstance(value, dict) or not all(isinstance(tensor, np.ndarray) for tensor in value.values()):
        raise CheckpointError(f"{what} is not a state dict")
    return value


def _arrays(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _arrays(inner) for name, inner in value.items()}
    return value.array() if isinstance(value, LazyTensor) else value


def _read_zip(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        index = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = index.removesuffix("data.pkl")

        def storage(kind: str, key: str, count: int) -> Storage:
            found = Storage(STORAGE_TYPES[kind], count)
            found.values = _numbers(archive.read(f"{folder}data/{key}"), found)
            return found

        return RestrictedUnpickler(io.BytesIO(archive.read(index)), storage).load()


def _read_legacy(path: Path) -> dict[str, Any]:
    storages: dict[str, Storage] = {}
    with open(path, "rb") as file:
        if RestrictedUnpickler(file).load() != LEGACY_MAGIC or RestrictedUnpickler(file).load() != LEGACY_PROTOCOL:
            raise CheckpointError(f"{path} is not a PyTorch checkpoint")
        if not RestrictedUnpickler(file).load().get("little_endian"):
            raise CheckpointError("a big-endian checkpoint")
        tensors = RestrictedUnpickler(
            file, lambda kind, key, count: storages.setdefault(key, Storage(STORAGE_TYPES[kind], count))
        ).load()
        for key in RestrictedUnpickler(file).load():
            storage = storages[key]
            if int.from_bytes(file.read(8), "little") != storage.count:
                raise CheckpointError("a storage of another length than announced")
            storage.values = _numbers(file.read(storage.count * storage.dtype.itemsize), storage)
    return tensors


def _numbers(data: bytes, storage: Storage) -> np.ndarray:
    if len(data) != storage.count * storage.dtype.itemsize:
        raise CheckpointError("the checkpoint is truncated")
    return np.frombuffer(data, storage.dtype)
