"""PyTorch's files read without PyTorch: nested ones, damaged ones, and files that mean harm."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest
import torch

from fovea_training import checkpoint
from fovea_training.checkpoint import CheckpointError, read_checkpoint, read_state_dict


def test_what_was_saved_beside_a_state_dict_is_read_too(tmp_path):
    layer = torch.nn.Linear(3, 2)
    torch.save({"agent": layer.state_dict(), "epoch": 7, "dice": torch.tensor(0.5)}, tmp_path / "x.t7")
    content = read_checkpoint(tmp_path / "x.t7")
    assert (content["epoch"], content["dice"]) == (7, 0.5)
    assert np.array_equal(content["agent"]["weight"], layer.weight.detach().numpy())
    with pytest.raises(CheckpointError, match="not a state dict"):
        read_state_dict(tmp_path / "x.t7")


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
        for part in (checkpoint.LEGACY_MAGIC, checkpoint.LEGACY_PROTOCOL, {"little_endian": True})
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
    storage = checkpoint.Storage("<f4", 4)
    storage.values = np.zeros(4, "<f4")
    with pytest.raises(CheckpointError):
        checkpoint.LazyTensor(storage, offset, shape, stride).array()


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
