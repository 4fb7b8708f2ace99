"""The importer of the authors' checkpoint: both forms of PyTorch's files, and files that mean harm."""

import io
import json
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest
import torch

from fovea_training import import_lowres, parity
from fovea_training.__main__ import main
from fovea_training.import_lowres import CheckpointError, read_checkpoint
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


def test_a_strided_view_is_read_as_it_is(tmp_path):
    values = torch.arange(24.0).reshape(4, 6).t()[1:3]
    torch.save({"x": values}, tmp_path / "x.pth")
    assert np.array_equal(read_checkpoint(tmp_path / "x.pth")["x"], values.numpy())


class Harm:
    def __reduce__(self):
        return (os.system, ("true",))


def legacy(payload: bytes, storages: bytes = b"") -> bytes:
    head = b"".join(
        pickle.dumps(part, 2)
        for part in (import_lowres.LEGACY_MAGIC, import_lowres.LEGACY_PROTOCOL, {"little_endian": True})
    )
    return head + payload + storages


def test_a_pickle_that_calls_a_function_is_refused(tmp_path):
    path = tmp_path / "harm.pth"
    path.write_bytes(legacy(pickle.dumps({"x": Harm()}, 2)))
    with pytest.raises(CheckpointError, match="system"):
        read_checkpoint(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"x": Harm()}, 2))
    with pytest.raises(CheckpointError, match="system"):
        read_checkpoint(path)


@pytest.mark.parametrize("offset, shape, stride", [(0, (5,), (1,)), (3, (2,), (1,)), (0, (2, 3), (1,)), (-1, (2,), (1,))])
def test_a_view_that_leaves_its_storage_is_refused(offset, shape, stride):
    storage = import_lowres.Storage("<f4", 4)
    storage.values = np.zeros(4, "<f4")
    with pytest.raises(CheckpointError):
        import_lowres.LazyTensor(storage, offset, shape, stride).array()


@pytest.mark.parametrize("content", [b"", b"\x80", b"nonsense", legacy(b""), legacy(pickle.dumps([1, 2], 2))])
def test_what_is_no_checkpoint_is_refused(tmp_path, content):
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    with pytest.raises(CheckpointError):
        read_checkpoint(path)


def test_truncation_is_noticed_at_every_length(tmp_path):
    whole, part = io.BytesIO(), tmp_path / "part.pth"
    torch.save({"x": torch.arange(100.0)}, whole, _use_new_zipfile_serialization=False)
    for length in range(0, len(whole.getvalue()), 7):
        part.write_bytes(whole.getvalue()[:length])
        with pytest.raises(CheckpointError):
            read_checkpoint(part)


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
