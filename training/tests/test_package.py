"""Writing a package: the whole of it, or what was there before."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from fovea_training.naming import tensor_table
from fovea_training.package import MANIFEST_KEYS, read_safetensors, write_package

ARCHITECTURE = {"name": "lowres", "features": 1, "in_channels": 1, "out_channels": 1}


def write(folder: Path, value: float) -> None:
    manifest = dict.fromkeys(MANIFEST_KEYS, "") | {"name": "model", "architecture": ARCHITECTURE}
    tensors = {name: np.full(shape, value, np.float32) for name, shape in tensor_table(ARCHITECTURE).items()}
    write_package(folder / "model", manifest, tensors, f"{value}", b"picture")


def written_value(folder: Path) -> float:
    """What all files of the package agree on."""
    package = folder / "model"
    names = sorted(path.name for path in package.iterdir())
    assert names == ["README.md", "example.png", "model.json", "weights.safetensors"]
    weights = package / "weights.safetensors"
    tensors = read_safetensors(weights)
    assert json.loads((package / "model.json").read_text())["weights"]["bytes"] == weights.stat().st_size
    (value,) = {float(part) for tensor in tensors.values() for part in np.unique(tensor)}
    assert float((package / "README.md").read_text()) == value
    return value


def test_a_package_is_replaced_as_a_whole(tmp_path: Path):
    for value in (1.0, 2.0):
        write(tmp_path, value)
        assert written_value(tmp_path) == value
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_full_disk_leaves_the_earlier_package_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    write(tmp_path, 1.0)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path, 2.0)
    assert written_value(tmp_path) == 1.0
    with pytest.raises(OSError, match="No space"):
        write(tmp_path / "fresh", 2.0)
    assert [path.name for path in (tmp_path / "fresh").iterdir()] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "model"]


def test_a_package_that_cannot_take_its_place_leaves_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path, 1.0)
    rename = Path.rename

    def fail_once(self: Path, target: Path) -> Path:
        if target.name == "model" and not self.name.endswith(".previous"):
            raise OSError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_once)
    with pytest.raises(OSError, match="Permission denied"):
        write(tmp_path, 2.0)
    assert written_value(tmp_path) == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_place_that_is_no_folder_is_an_error_and_gets_nothing(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        write(tmp_path / "file", 1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
