"""Synthetic heads, both phases of the convolutional LSTM, and what is written of them."""

import argparse
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from scipy import ndimage

from fovea_training import measure_clstm_memory, train_brain, write_heads
from fovea_training.data import head_maps
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.head_maps import INTRACRANIAL, TISSUE_BITS, HeadMap, Tissue, load_head_map
from fovea_training.networks.clstm import ConvolutionalLSTM
from fovea_training.synthesis.heads import CT, MR, HeadSynthesis, Mixture, Raster


def make_tissues() -> np.ndarray:
    """A skull around grey matter, a ventricle and a hindbrain, on a neck with a canal of CSF; (z, y, x) in mm."""
    z, y, x = np.meshgrid(*(np.arange(size) for size in (120, 110, 100)), indexing="ij")
    radius = np.sqrt(((z - 65) / 50) ** 2 + ((y - 55) / 48) ** 2 + ((x - 50) / 42) ** 2)
    tissues = np.zeros(z.shape, np.uint8)
    neck = (z < 40) & (np.hypot(y - 60, x - 50) < 25)
    tissues[neck] = Tissue.SOFT_TISSUE
    tissues[neck & (np.hypot(y - 60, x - 50) < 5)] = Tissue.CSF
    shells = (1, Tissue.SKIN), (0.93, Tissue.CORTICAL_BONE), (0.82, Tissue.CORTEX), (0.25, Tissue.VENTRICLE)
    for limit, tissue in shells:
        tissues[radius < limit] = tissue
    tissues[(radius < 0.82) & (z < 45)] = Tissue.BRAIN_STEM
    tissues[60:64, 50:54, 70:74] = Tissue.VEIN
    return tissues


@pytest.fixture(scope="module")
def head() -> HeadMap:
    return HeadMap.of("tiny", make_tissues())


@pytest.fixture(scope="module")
def heads(head: HeadMap) -> HeadSynthesis:
    return HeadSynthesis([head])


def test_the_target_is_what_the_skull_encloses(head: HeadMap):
    target, tissues = head.voxels >= INTRACRANIAL, head.voxels & TISSUE_BITS
    assert (tissues == make_tissues()).all()
    assert target[tissues == Tissue.CORTEX].all() and target[tissues == Tissue.VEIN].all()
    assert not target[tissues == Tissue.SKIN].any()
    assert not target[:20].any(), "the spinal canal is none of it"


def test_a_map_becomes_tissues_on_our_axes(tmp_path: Path, monkeypatch):
    labels = np.zeros((30, 40, 50), np.int32)
    labels[8:22, 10:30, 10:40] = 3
    labels[9, 11, 39] = 16
    folder = tmp_path / head_maps.FOLDER
    folder.mkdir()
    nibabel.save(nibabel.Nifti1Image(labels, np.diag([-1.0, -1, 1, 1])), folder / "training_seg_01.nii.gz")
    monkeypatch.setenv("FOVEA_TEST_DATA", str(tmp_path))
    tissues = load_head_map(1).voxels & TISSUE_BITS
    assert tissues.shape == (head_maps.NECK_MM + 11, 40, 30), "two slices from the lowest are left out, none is above"
    assert np.argwhere(tissues == Tissue.BRAIN_STEM).tolist() == [[head_maps.NECK_MM, 11, 9]]
    assert (tissues[: head_maps.NECK_MM - 17] == tissues[head_maps.NECK_MM - 17]).all(), "the lowest goes on"
    labels[9, 11, 12] = 8
    nibabel.save(nibabel.Nifti1Image(labels, np.diag([-1.0, -1, 1, 1])), folder / "training_seg_01.nii.gz")
    tissues = load_head_map(1).voxels & TISSUE_BITS
    assert tissues[head_maps.NECK_MM, 11, 9] == Tissue.CEREBELLAR_CORTEX
    assert (tissues[: head_maps.NECK_MM, 11, 9] == Tissue.CORD).all(), "a hindbrain that is cut goes on as the cord"
    with pytest.raises(SeriesError, match="no such file"):
        load_head_map(2)
    labels[9, 11, 39] = 900
    nibabel.save(nibabel.Nifti1Image(labels, np.diag([-1.0, -1, 1, 1])), folder / "training_seg_01.nii.gz")
    with pytest.raises(SeriesError, match="label 900"):
        load_head_map(1)


@pytest.mark.parametrize("consecutive", (False, True))
def test_stacks_are_what_the_network_sees(heads: HeadSynthesis, consecutive: bool):
    stacks = [heads.draw(np.random.default_rng(seed), 6, consecutive) for seed in range(8)]
    assert {stack.modality for stack in stacks} == {CT, MR}
    for stack in stacks:
        assert stack.images.shape == stack.targets.shape == (6, 128, 128)
        assert stack.images.min() >= 0 and stack.images.max() <= 1 and np.isfinite(stack.images).all()
    assert any(stack.targets.any() for stack in stacks)
    again = heads.draw(np.random.default_rng(3), 6, consecutive)
    assert (again.images == stacks[3].images).all() and (again.targets == stacks[3].targets).all()


def test_the_mixture_says_how_many_heads_are_mr_and_without_skull(head: HeadMap):
    bare = HeadSynthesis([head], Mixture(ct=0, stripped=1))
    stacks = [bare.draw(np.random.default_rng(seed), 6, True) for seed in range(8)]
    assert {stack.modality for stack in stacks} == {MR}
    whole = bare.draw_whole(np.random.default_rng(2), MR, Raster(64, 3.0))
    outside = ~ndimage.binary_dilation(whole.targets, iterations=3)
    assert whole.images[outside].mean() < 0.3 * whole.images[whole.targets].mean()


def test_a_whole_head_is_in_hounsfield_units_or_signal(heads: HeadSynthesis):
    ct = heads.draw_whole(np.random.default_rng(1), CT, Raster(64, 3.0))
    assert np.median(ct.images[ct.targets]) == pytest.approx(35, abs=25)
    assert ct.images.min() < -900
    volume_ml = ct.targets.sum() * 9 * ct.spacing_mm / 1000
    true_ml = (heads.maps[0].voxels >= INTRACRANIAL).sum() / 1000
    assert 0.4 * true_ml < volume_ml < 2 * true_ml
    assert heads.draw_whole(np.random.default_rng(1), MR, Raster(64, 3.0)).images.min() >= 0


def make_model() -> ConvolutionalLSTM:
    torch.manual_seed(0)
    model = ConvolutionalLSTM(width=2, hidden=1).eval()
    for name, parameter in model.unet.named_parameters():
        if name.startswith("gates"):
            torch.nn.init.normal_(parameter)
    return model


def test_open_gates_leave_the_masks_of_the_unet():
    model, volume = make_model(), torch.rand(5, 1, 32, 32)
    alone = train_brain.unet_logits(model, volume)
    train_brain.open_gates(model, train_brain.OPEN)
    assert torch.equal(model(volume) > 0, alone > 0)


def test_checkpointing_changes_neither_logits_nor_gradients():
    volume, gradients, logits = torch.rand(4, 1, 32, 32), [], []
    for checkpointed in (False, True):
        model = make_model()
        model.lstm.hidden.conv.weight.data.normal_()
        logits.append(train_brain.volume_logits(model, volume, checkpointed))
        logits[-1].square().mean().backward()
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in model.parameters()]))
    assert torch.allclose(logits[0], model(volume), atol=1e-5)
    assert torch.allclose(*logits, atol=1e-5) and torch.allclose(*gradients, atol=1e-5)


def test_both_phases_train_and_are_resumed(tmp_path: Path, head: HeadMap, monkeypatch, capsys):
    monkeypatch.setattr(train_brain, "load_head_map", lambda number: head)
    monkeypatch.setattr(train_brain, "LSTM_SLICES", 4)
    arguments = argparse.Namespace(
        output=tmp_path / "run", width=2, hidden=1, seed=3, unet_steps=2, lstm_steps=2, checkpointed=True,
        validation_stacks=2, device="cpu", threads=1, resume=False, start=None,
    )  # fmt: skip
    assert train_brain.run(arguments) == 0
    trained = torch.load(tmp_path / "run" / "model.pt", weights_only=True)
    assert (tmp_path / "run" / train_brain.UNET_ALONE / "model.pt").is_file()
    assert "recurrent on unseen heads" in capsys.readouterr().out
    assert train_brain.run(arguments) == 1, "a run is not overwritten"
    (tmp_path / "run" / "model.pt").unlink()
    arguments.resume = True
    assert train_brain.run(arguments) == 0
    again = torch.load(tmp_path / "run" / "model.pt", weights_only=True)
    assert all(torch.equal(trained[name], again[name]) for name in trained)
    arguments.start, arguments.output, arguments.resume = tmp_path / "run", tmp_path / "longer", False
    assert train_brain.run(arguments) == 0, "goes on from a finished run"
    assert not (tmp_path / "longer" / "unet.pt").exists()
    arguments.output, arguments.width = tmp_path / "wider", 4
    assert train_brain.run(arguments) == 1
    assert "its width 2 differ" in capsys.readouterr().out


def test_heads_are_written_with_labels_on_the_same_grid(tmp_path: Path, head: HeadMap, monkeypatch):
    monkeypatch.setattr(write_heads, "load_head_map", lambda number: head)
    assert write_heads.run(argparse.Namespace(output=tmp_path, maps=[9], heads=1, seed=1, stripped=False)) == 0
    for name in ("ct-01", "mr-01"):
        image, labels = nibabel.load(tmp_path / f"{name}.nii.gz"), nibabel.load(tmp_path / f"{name}-labels.nii.gz")
        assert image.shape == labels.shape and (image.affine == labels.affine).all()
        assert nibabel.aff2axcodes(image.affine) == ("L", "P", "S")
        assert set(np.unique(labels.get_fdata())) == {0, 1}
    assert nibabel.load(tmp_path / "ct-01.nii.gz").get_fdata().min() < -900


def test_memory_on_paper_is_what_the_paper_is_about():
    one = measure_clstm_memory.saved_bytes(64, 1, 512) / 2**30
    assert one == pytest.approx(1.4, abs=0.01), "GiB per slice at the published size"
    assert measure_clstm_memory.on_paper(64, 1, 512, 320, "all") / 2**30 == pytest.approx(320 * one)
    assert measure_clstm_memory.on_paper(64, 1, 512, 320, "states") / 2**30 == pytest.approx(one + 320 * 3 / 1024)
