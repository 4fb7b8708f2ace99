"""Enhancing lesions in synthetic and real heads: sizes, rings, oedema, patches, and what is written for the node."""

import argparse
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from scipy import ndimage

from fovea_training import packages, write_metastases
from fovea_training.data import real_heads
from fovea_training.data.brain_mask import compute_brain_mask, white_matter_signal
from fovea_training.data.contrast_maps import DURA, SINUS, ContrastMap, make_contrast_map
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.head_maps import TISSUE_BITS, HeadMap, Tissue
from fovea_training.data.nifti_files import write_nifti
from fovea_training.data.real_heads import HeadSource, RealHead, load_real_head
from fovea_training.synthesis.bodies import render
from fovea_training.synthesis.contrast_heads import ContrastHeads, to_network
from fovea_training.synthesis.head_patches import (
    RealSampler,
    SyntheticSampler,
    add_decoys,
    add_lesion,
    head_samplers,
    new_canvas,
)
from fovea_training.synthesis.metastases import add_oedema, draw_metastasis
from fovea_training.synthesis.patches import SIDE, Patch, PatchSampler

SPACING = (1.0, 1.0, 1.0)


def shells() -> np.ndarray:
    """(z, y, x) in mm: skin, bone, CSF, cortex, white matter, a ventricle; the brain's lowest part is cerebellum."""
    z, y, x = np.meshgrid(*(np.arange(size) for size in (96, 92, 88)), indexing="ij")
    radius = np.sqrt(((z - 48) / 42) ** 2 + ((y - 46) / 40) ** 2 + ((x - 44) / 38) ** 2)
    tissues = np.zeros(z.shape, np.uint8)
    for limit, tissue in (
        (1, Tissue.SKIN), (0.93, Tissue.CORTICAL_BONE), (0.85, Tissue.CSF), (0.75, Tissue.CORTEX),
        (0.6, Tissue.WHITE_MATTER), (0.2, Tissue.VENTRICLE),
    ):  # fmt: skip
        tissues[radius < limit] = tissue
    tissues[(radius < 0.75) & (z < 32)] = Tissue.CEREBELLAR_CORTEX
    return tissues


@pytest.fixture(scope="module")
def head() -> ContrastMap:
    return make_contrast_map(HeadMap.of("tiny", shells()), np.random.default_rng(0))


@pytest.fixture(scope="module")
def real() -> RealHead:
    shape = (72, 70, 68)
    brain = real_heads.ball(shape, (36, 35, 34), 30, SPACING)
    signal = (100 * brain + np.random.default_rng(0).normal(0, 2, shape)).astype(np.float32)
    ignored = real_heads.ball(shape, (45, 35, 34), 6, SPACING)
    return RealHead("tiny", signal, SPACING, brain & ~ignored, brain, ignored, 100.0)


@pytest.fixture(params=("synthetic", "real"))
def sampler(request, head: ContrastMap, real: RealHead) -> PatchSampler:
    if request.param == "real":
        return RealSampler.of(real, 1, np.random.default_rng(0))
    return SyntheticSampler(ContrastHeads(head), 1)


def test_sinuses_and_dura_are_csf_at_the_bone(head: ContrastMap):
    before, after = shells(), head.voxels & TISSUE_BITS
    assert (before[after == SINUS] == Tissue.CSF).all() and (after == SINUS).sum() > 200
    assert (before[after == DURA] == Tissue.CSF).all() and (after == DURA).sum() > 1000
    near_bone = ndimage.binary_dilation(before == Tissue.CORTICAL_BONE)
    assert near_bone[after == DURA].all()
    brain = (Tissue.WHITE_MATTER, Tissue.CORTEX, Tissue.CEREBELLAR_CORTEX)
    assert np.isin(after[tuple(head.parenchyma.T)], brain).all()


def test_a_ring_is_dark_inside_and_bright_outside():
    drawn = draw_metastasis(np.random.default_rng(0), 20, SPACING, 100.0)
    ring = replace(drawn, signal=180.0, necrosis=40.0, noise=0.0, core_fraction=0.6)
    body, core = render(ring, (0, 0, 0), SPACING)
    blended = ring.blend(np.full(body.shape, 100, np.float32), body, core, np.random.default_rng(1))
    assert blended[core == 1] == pytest.approx(40)
    assert blended[(body == 1) & (core == 0)] == pytest.approx(180)
    assert blended[body == 0] == pytest.approx(100)


def test_small_lesions_are_solid():
    rng = np.random.default_rng(2)
    assert all(draw_metastasis(rng, 5, SPACING, 1.0).necrosis is None for _ in range(20))
    assert any(draw_metastasis(rng, 15, SPACING, 1.0).necrosis is not None for _ in range(20))


def test_oedema_darkens_tissue_around_the_lesion_alone(real: RealHead):
    canvas = new_canvas(real.signal.copy(), real.intracranial, real.ignored, SPACING)
    centre = np.array([25, 35, 34])
    canvas.labels[tuple(centre)] = 1
    add_oedema(canvas, centre, 6, 0.5, real.white_matter)
    changed = canvas.image != real.signal
    assert not changed[tuple(centre)] and canvas.image[26, 35, 34] == pytest.approx(real.signal[26, 35, 34] / 2)
    assert not changed[~real.intracranial].any() and not changed[40:].any()


def test_decoys_lie_outside_of_the_brain_and_stay_unlabelled(real: RealHead):
    canvas = new_canvas(real.signal.copy(), real.intracranial, real.ignored, SPACING)
    add_decoys(canvas, real.white_matter, 30, np.random.default_rng(6))
    changed = canvas.image != real.signal
    assert changed.any() and not changed[real.intracranial].any() and not canvas.labels.any()


def test_lesions_keep_away_from_real_ones(real: RealHead):
    canvas = new_canvas(real.signal.copy(), real.intracranial, real.ignored, SPACING)
    rng = np.random.default_rng(3)
    places = np.argwhere(real.parenchyma)
    assert sum(add_lesion(canvas, places, 8.0, real.white_matter, rng) for _ in range(20)) > 5
    assert not (canvas.labels > 0)[real.ignored].any()


def test_a_patch_is_what_the_network_sees(sampler: PatchSampler):
    patches = [sampler.draw(np.random.default_rng(seed), 1.0) for seed in range(6)]
    assert all(isinstance(patch, Patch) and patch.image.shape == (SIDE,) * 3 for patch in patches)
    assert all(0 <= patch.image.min() and patch.image.max() <= 1 for patch in patches)
    assert sum(patch.target.any() for patch in patches) >= 4
    again = sampler.draw(np.random.default_rng(0), 1.0)
    assert all((a == b).all() for a, b in zip(again, patches[0], strict=True))
    assert not sampler.draw(np.random.default_rng(0), 0.0).target.any()


def test_a_whole_head_and_a_patch_of_it_show_the_same_tissues(head: ContrastMap):
    whole = ContrastHeads(head).whole(np.random.default_rng(4))
    assert whole.image.shape == head.voxels.shape[::-1]
    assert whole.image[whole.parenchyma].mean() > 3 * whole.image[0].mean()
    assert whole.intracranial[whole.parenchyma].all()
    assert to_network(whole.image, whole.top).max() <= 1


def test_the_brain_mask_leaves_the_scalp_out(head: ContrastMap):
    tissues = head.voxels.T & TISSUE_BITS
    means = np.zeros(DURA + 1, np.float32)
    means[[Tissue.WHITE_MATTER, Tissue.CORTEX, Tissue.CEREBELLAR_CORTEX]] = 500, 400, 400
    means[[Tissue.SKIN, Tissue.CSF, Tissue.VENTRICLE]] = 900, 100, 100
    signal = means[tissues]
    assert white_matter_signal(signal) == pytest.approx(500, abs=10)
    mask = compute_brain_mask(signal, SPACING)
    assert mask[tissues == Tissue.WHITE_MATTER].mean() > 0.95 and mask[tissues == Tissue.SKIN].mean() < 0.01


def test_heads_that_are_missing_or_unknown_are_named(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("FOVEA_TEST_DATA", str(tmp_path))
    for name in ("synthetic", "voxelmorph"):
        with pytest.raises(SeriesError, match="no such file"):
            head_samplers(name, 1)
    with pytest.raises(SeriesError, match="there are synthetic"):
        head_samplers("mars", 1)


def test_written_cases_hold_their_lesions(tmp_path: Path, head: ContrastMap, real: RealHead, monkeypatch):
    monkeypatch.setattr(write_metastases, "load_contrast_map", lambda number: head)
    monkeypatch.setattr(write_metastases, "load_real_head", lambda name: real)
    for host in ("synthetic", "vsseg"):
        arguments = argparse.Namespace(output=tmp_path, host=host, scans=1, implants=3, seed=5)
        assert write_metastases.run(arguments) == 0
    for name in ("synthetic-5-1", "tiny-5-1"):
        labels = np.asanyarray(nibabel.load(tmp_path / f"{name}-labels.nii.gz").dataobj)
        assert set(np.unique(labels)) - {0, write_metastases.IGNORED} == {1, 2, 3}
        assert nibabel.load(tmp_path / f"{name}.nii.gz").shape == labels.shape
    untouched = np.asanyarray(nibabel.load(tmp_path / "tiny-untouched-labels.nii.gz").dataobj)
    assert set(np.unique(untouched)) == {0, write_metastases.IGNORED}


def test_a_real_head_is_read_with_its_lesion_ignored(tmp_path: Path, real: RealHead, monkeypatch):
    monkeypatch.setenv("FOVEA_TEST_DATA", str(tmp_path))
    (tmp_path / "set").mkdir()
    write_nifti(tmp_path / "set" / "t1.nii.gz", real.signal, SPACING)
    source = HeadSource("set", "t1.nii.gz", "CC0", "nobody", lesion=((45, 35, 34), 6.0))
    monkeypatch.setitem(real_heads.SOURCES, "tiny", source)
    read = load_real_head("tiny")
    assert (read.ignored == real.ignored).all() and not read.parenchyma[real.ignored].any()
    assert read.parenchyma.sum() > 0.8 * real.parenchyma.sum()


def test_a_host_without_a_licence_is_not_exported():
    stage = {"steps": 1, "batch": 1, "learning_rate": 1e-3}
    run = {"features": 2, "hosts": ["synthetic"], "stage1": stage, "stage2": stage}
    assert packages.describe("brain-metastases", [run]).labels[0]["type"]["code"] == "52988006"
    with pytest.raises(ValueError, match="licence"):
        packages.describe("brain-metastases", [run | {"hosts": ["mars"]}])
