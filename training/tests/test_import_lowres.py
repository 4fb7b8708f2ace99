"""The importer of the authors' checkpoint: both forms of PyTorch's files."""

import json
import struct

import numpy as np
import pytest
import torch

from fovea_training import import_lowres, parity
from fovea_training.__main__ import main
from fovea_training.naming import tensor_table
from fovea_training.package import read_safetensors

ARCHITECTURE = {"name": "lowres", "features": 16, "in_channels": 1, "out_channels": 1}


def authors_state_dict() -> dict[str, torch.Tensor]:
    """Deterministic weights under the authors' names, with the counters that PyTorch adds."""
    ours = parity.weights(tensor_table(ARCHITECTURE))
    state = {}
    for theirs, prefix in import_lowres.prefixes().items():
        for name, values in ours.items():
            module, _, part = name.rpartition(".")
            if module == prefix:
                state[f"{theirs}.{part}"] = torch.from_numpy(values)
        if prefix.endswith(".bn"):
            state[f"{theirs}.num_batches_tracked"] = torch.tensor(7)
    return state


@pytest.mark.parametrize("as_zip", [True, False])
def test_both_forms_give_the_same_package(tmp_path, as_zip):
    checkpoint, package = tmp_path / "checkpoint.pth", tmp_path / "lowres-test"
    torch.save(authors_state_dict(), checkpoint, _use_new_zipfile_serialization=as_zip)
    assert main(["import-lowres", str(checkpoint), str(package)]) == 0
    tensors = read_safetensors(package / "weights.safetensors")
    expected = parity.weights(tensor_table(ARCHITECTURE))
    assert tensors.keys() == expected.keys()
    assert all(np.array_equal(tensors[name], expected[name]) for name in expected)
    assert json.loads((package / "model.json").read_text())["name"] == "lowres-test"


def test_another_network_is_refused(tmp_path):
    torch.save({"layer.weight": torch.zeros(3)}, tmp_path / "other.pth")
    assert main(["import-lowres", str(tmp_path / "other.pth"), str(tmp_path / "other")]) == 1
    assert not (tmp_path / "other").exists()


def test_a_package_replaces_the_one_before_as_a_whole(tmp_path):
    checkpoint, package = tmp_path / "checkpoint.pth", tmp_path / "lowres-test"
    torch.save(authors_state_dict(), checkpoint)
    package.mkdir()
    (package / "old.txt").write_text("old")
    assert main(["import-lowres", str(checkpoint), str(package)]) == 0
    assert sorted(file.name for file in package.iterdir()) == ["README.md", "model.json", "weights.safetensors"]
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []
    (length,) = struct.unpack("<Q", (package / "weights.safetensors").read_bytes()[:8])
    assert length % 8 == 0
