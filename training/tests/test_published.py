"""The published recipes from files to figures, on a tiny LUNA16, a tiny LiTS, and labelled images."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from written_files import ORIGIN_MM, SPACING_MM, write_itk, write_nifti, write_segmentation, write_series
from written_luna16 import SHAPE, WrittenLuna, draw_chest, write_luna16

from fovea_training import train_autopath, train_baseline
from fovea_training.__main__ import main
from fovea_training.data.data_sets import DATA_SETS, table
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.lits import WINDOW, draw_window
from fovea_training.data.pairs import LabelledScan
from fovea_training.data.prepared import PreparedCase, list_cases, save_case
from fovea_training.loop import StepSchedule
from fovea_training.losses import sample_dice_loss
from fovea_training.networks.lowres import LowRes
from fovea_training.prepare import prepare_lesions
from fovea_training.published_sampling import PatientSampler
from fovea_training.tiling import padded_size, segment_in_tiles
from fovea_training.train_lowres_published import PublishedStage2Task, start_as_published

BRIEF = ["--stage1-steps", "3", "--stage2-steps", "2", "--stage1-batch", "2", "--stage2-batch", "2", "--features", "2"]
BRIEF_BASELINE = ["--steps", "2", "--batch", "2", "--threads", "1"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> WrittenLuna:
    return write_luna16(tmp_path_factory.mktemp("luna"))


@pytest.fixture(scope="module")
def prepared(written: WrittenLuna, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    assert prepare_luna16(written, folder) == 0
    return folder


def prepare_luna16(written: WrittenLuna, folder: Path) -> int:
    source = ["--luna16", str(written.folder), "--lidc", str(written.lidc)]
    return main(["prepare", "luna16", str(folder), *source, "--subsets", "0", "8"])


def test_luna16_is_prepared_as_published(written: WrittenLuna, prepared: Path):
    cases = list_cases(prepared)
    found = [(case.name, case.facts["subset"], case.facts["lesions"]) for case in cases]
    assert found == [("1.2.3", 0, 2), ("1.2.4", 8, 1)]
    image, lesions = cases[0].array("image"), cases[0].array("lesions")
    assert image.shape == (68, 66, 36)  # of 72 x 70 x 40: the ends are eroded, then 3 and 5 voxels are added
    assert 0 <= image.min() == image[0, 0, 0] and image.max() <= 1  # that corner lies outside of the mask
    assert len(lesions) == written.nodules("1.2.3").sum() and set(lesions[:, 3]) == {1, 2}
    assert (image[tuple(lesions[:, :3].T)] == np.float16(1030 / 1300)).all()


def test_an_interrupted_preparation_goes_on(written: WrittenLuna, tmp_path: Path):
    assert prepare_luna16(written, tmp_path) == 0
    before = (tmp_path / "1.2.4" / "case.json").stat().st_mtime_ns
    (tmp_path / "1.2.3").rename(tmp_path / "elsewhere")
    assert prepare_luna16(written, tmp_path) == 0
    assert (tmp_path / "1.2.3" / "image.npy").exists()
    assert (tmp_path / "1.2.4" / "case.json").stat().st_mtime_ns == before


def test_a_full_disk_leaves_no_half_a_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="No space"):
        save_case(tmp_path, "a", {"image": np.zeros(3)}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_lesion_outside_of_the_lungs_leaves_the_scan_out():
    labels = np.zeros((20, 20, 20), np.uint16)
    labels[15:18, 5:8, 5:8] = 1
    mask = np.zeros(labels.shape, bool)
    mask[2:16] = True  # a third of the lesion
    case = LabelledScan(np.zeros(labels.shape, np.float32), labels, (1, 1, 1))
    with pytest.raises(SeriesError, match="1 of 1 lesions lie outside"):
        prepare_lesions(case, mask)
    mask[16] = True
    assert prepare_lesions(case, mask)[1]["lesions"] == 1
    with pytest.raises(SeriesError, match="mask is empty"):
        prepare_lesions(case, mask & False)


def test_half_of_the_patches_lie_around_a_lesion_and_all_within_the_image(tmp_path: Path):
    image = np.zeros((200, 190, 40), np.float16)
    image[100, 100, 20] = 1
    lesions = np.array([[100, 100, 20, 1], [10, 10, 5, 2]])
    save_case(tmp_path, "a", {"image": image, "lesions": lesions}, {"lesions": 2, "minimum": 0.25})
    sampler, rng = PatientSampler(PreparedCase(tmp_path / "a")), np.random.default_rng(0)
    assert sampler.share == 2
    patches = [sampler.draw(rng) for _ in range(200)]
    assert all(patch.image.shape == patch.target.shape == (64, 64, 64) for patch in patches)
    centred = sum(patch.target[32, 32, 32] for patch in patches)
    assert 80 <= centred <= 125
    near_corner = next(patch for patch in patches if patch.target[32, 32, 32] and patch.image[0, 32, 32] == 0.25)
    assert (near_corner.image[:22] == 0.25).all() and (near_corner.image[22:, 22:, 27:67] == 0).any()
    centres = np.array([sampler.fitting_centre(rng) for _ in range(300)])
    assert centres[:, 0].min() >= 32 and centres[:, 0].max() <= 168 and (centres[:, 2] == 20).all()


def test_the_target_of_an_unpadded_network_is_the_centre_of_its_patch(tmp_path: Path):
    image = np.random.default_rng(0).random((100, 100, 100)).astype(np.float16)
    voxels = np.argwhere(image.astype(np.float32) > 0.999)
    table = np.column_stack([voxels, np.ones(len(voxels), int)])
    save_case(tmp_path, "a", {"image": image, "lesions": table}, {"lesions": 1, "minimum": 0.0})
    patch = PatientSampler(PreparedCase(tmp_path / "a"), side=87, margin=24).draw(np.random.default_rng(0))
    assert patch.image.shape == (87,) * 3 and patch.target.shape == (39,) * 3
    assert ((patch.image[24:63, 24:63, 24:63] > 0.999) == (patch.target > 0)).all()


def test_the_published_schedule_falls_to_a_tenth_at_epoch_80():
    plan = StepSchedule(steps=10_000, batch=32, learning_rate=1e-2)
    assert [plan.rate(step) for step in (0, 7999)] == [1e-2, 1e-2]
    assert [plan.rate(step) for step in (8000, 9999)] == pytest.approx([1e-3, 1e-3])
    (group,) = plan.optimiser([torch.nn.Parameter(torch.zeros(1))]).param_groups
    assert group["nesterov"] and group["momentum"] == 0.9 and group["weight_decay"] == 0


def test_the_dice_loss_is_the_mean_over_samples():
    logits, target = torch.full((2, 1, 4, 4, 4), -40.0), torch.zeros(2, 1, 4, 4, 4)
    target[0, 0, :2] = 1
    logits[0, 0, 1:3] = 40
    half_found, empty = 0.5, 1
    assert sample_dice_loss(logits, target).item() == pytest.approx((half_found + empty) / 2)


def test_stage_2_learns_from_whole_patches_on_a_frozen_stage_1():
    torch.manual_seed(0)
    model = LowRes(2)
    start_as_published(model)
    assert model.stage1.get_submodule("Y8.2.bn").bias.item() == 0
    task = PublishedStage2Task(model, StepSchedule(1, 2, 1e-3), torch.device("cpu"))
    batch = torch.rand(2, 1, 64, 64, 64), (torch.rand(2, 1, 64, 64, 64) > 0.9).float(), torch.ones(2, 1, 64, 64, 64)
    before = {name: value.clone() for name, value in model.stage1.state_dict().items()}
    model.stage1.get_submodule("Y8.2.bn").bias.data.fill_(-50)
    assert task.loss(batch)[0] is None  # nothing proposed
    model.stage1.get_submodule("Y8.2.bn").bias.data.fill_(0)
    loss, _ = task.loss(batch)
    loss.backward()
    assert all(parameter.grad is not None for parameter in model.stage2.parameters())
    assert all(parameter.grad is None for parameter in model.stage1.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.stage1.state_dict().items())


def test_lowres_trains_resumes_and_is_measured(prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    run = tmp_path / "run"
    train = ["train-lowres-published", str(run), str(prepared), "--threads", "1", *BRIEF]
    assert main(train) == 0
    assert json.loads((run / "run.json").read_text())["cases"] == ["1.2.3"]  # subset 8 is the hold-out
    rows = list(csv.DictReader((run / "metrics.csv").open()))
    assert [(row["stage"], row["step"]) for row in rows] == [("stage1", "3"), ("stage2", "2")]
    assert main(train) == 1
    assert "--resume" in capsys.readouterr().out
    (run / "model.pt").unlink()
    assert main([*train, "--resume"]) == 0
    figures_path = tmp_path / "figures.json"
    assert main(["evaluate-published", str(run), str(prepared), "--threads", "1", "--json", str(figures_path)]) == 0
    figures = json.loads(figures_path.read_text())
    assert figures["scans"] == figures["lesions"] == 1 and 0 <= figures["average_recall"] <= 1
    capsys.readouterr()
    assert main(["evaluate-published", str(run), str(prepared), "--subsets", "0"]) == 1
    assert "trained on 1 of these" in capsys.readouterr().out


WIDTHS = {"unet3d": 2, "deepmedic39": 1, "mobilenetv2-unet3d": 4, "enet3d": 16}


@pytest.mark.parametrize(("name", "width"), WIDTHS.items())
def test_each_baseline_trains_resumes_and_is_measured(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, width: int
):
    run = str(tmp_path / "run")
    small = {"deepmedic39": {"side": 51, "tile": 30, "stride": 27}}.get(name, {"side": 32, "tile": 64, "stride": 56})
    monkeypatch.setitem(train_baseline.BASELINES, name, replace(train_baseline.BASELINES[name], **small))
    train = ["train-baseline", name, run, str(prepared), *BRIEF_BASELINE, "--width", str(width)]
    assert main(train) == 0
    assert main([*train, "--resume"]) == 0
    assert main(["evaluate-published", run, str(prepared), "--threads", "1"]) == 0


def test_a_run_becomes_a_package_that_names_its_data(prepared: Path, tmp_path: Path):
    run = tmp_path / "run"
    assert main(["train-baseline", "enet3d", str(run), str(prepared), *BRIEF_BASELINE]) == 0
    assert main(["export", "own-nodules", str(run), str(tmp_path / "own-nodules"), "--cost", "seconds"]) == 0
    manifest = json.loads((tmp_path / "own-nodules" / "model.json").read_text())
    assert manifest["architecture"] == {"name": "enet3d", "width": 16, "in_channels": 1, "out_channels": 1}
    (data,) = manifest["provenance"]["data"]
    assert data["licence"] == "CC BY 4.0; CC BY 3.0"
    assert "1 patients with 2 nodules: 2 steps of 2 patches at 0.01" in manifest["provenance"]["recipe"]


def test_a_loss_that_is_no_number_stops_the_run(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    broken = tmp_path / "prepared"
    case = list_cases(prepared)[0]
    image = np.array(case.array("image"))
    image[:] = np.nan
    save_case(broken, "a", {"image": image, "lesions": case.array("lesions")}, case.facts)
    train = ["train-baseline", "enet3d", str(tmp_path / "run"), str(broken), *BRIEF_BASELINE]
    assert main(train) == 1
    message = capsys.readouterr().out
    assert "step 1: the loss is not finite" in message and "last checkpoint is kept" in message
    assert not (tmp_path / "run" / "model.pt").exists()


def test_a_full_disk_leaves_the_earlier_checkpoint(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    run = tmp_path / "run"
    train = ["train-baseline", "enet3d", str(run), str(prepared), *BRIEF_BASELINE]
    assert main(train) == 0
    kept = (run / "checkpoint.pt").read_bytes()

    def full(state: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("PytorchStreamWriter failed writing file")

    monkeypatch.setattr(torch, "save", full)
    (run / "model.pt").unlink()
    assert main([*train, "--resume"]) == 1
    assert "free some space" in capsys.readouterr().out
    assert (run / "checkpoint.pt").read_bytes() == kept and not (run / "model.pt").exists()
    assert list(run.glob("*.part")) == []


def test_missing_data_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["train-lowres-published", str(tmp_path / "run"), str(tmp_path), *BRIEF]) == 1
    assert "make them with `prepare`" in capsys.readouterr().out
    assert not (tmp_path / "run").exists()
    assert main(["prepare", "luna16", str(tmp_path / "out"), "--luna16", str(tmp_path)]) == 1
    assert "--lidc" in capsys.readouterr().out
    assert main(["prepare", "lits", str(tmp_path / "out"), "--volumes", str(tmp_path)]) == 1
    assert "no volume-N.nii" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_an_error(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "file").touch()
    assert main(["train-baseline", "enet3d", str(tmp_path / "file" / "run"), str(prepared), *BRIEF_BASELINE]) == 1
    assert "Not a directory" in capsys.readouterr().out


def test_a_broken_case_is_named_before_training_begins(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shutil.copytree(prepared, tmp_path / "prepared")
    (tmp_path / "prepared" / "1.2.3" / "lesions.npy").write_bytes(b"")
    assert main(["train-baseline", "enet3d", str(tmp_path / "run"), str(tmp_path / "prepared"), *BRIEF_BASELINE]) == 1
    assert "1.2.3: cannot be read; delete it and prepare it again" in capsys.readouterr().out


def test_every_data_set_that_is_prepared_is_listed_with_its_terms(prepared: Path):
    assert {case.facts["dataset"] for case in list_cases(prepared)} <= DATA_SETS.keys()
    assert all(item.licence and item.source for item in DATA_SETS.values())
    assert len(table().splitlines()) == 2 + len(DATA_SETS)


@pytest.mark.parametrize("kind", ["nifti", "nrrd", "dicom"])
def test_labelled_scans_of_ones_own_train_lowres(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]):
    nodules = np.zeros(SHAPE, np.uint8)
    nodules[16:22, 26:32, 10:14] = 1
    image, _ = draw_chest(nodules > 0)
    images, labels = tmp_path / "images", tmp_path / "labels"
    if kind == "dicom":
        write_series(images / "a", image, [ORIGIN_MM[2] + k * SPACING_MM[2] for k in range(SHAPE[2])], ORIGIN_MM[:2])
        write_segmentation(labels / "a.dcm", nodules, ORIGIN_MM)
    elif kind == "nrrd":
        write_itk(images / "a.nrrd", image)
        write_itk(labels / "a.nrrd", nodules)
    else:
        write_nifti(images / "a.nii.gz", image)
        write_nifti(labels / "a.nii.gz", nodules)
    folder = str(tmp_path / "prepared")
    pairs = ["prepare", "pairs", folder, "--images", str(images), "--labels", str(labels)]
    assert main(pairs) == 1  # the tiny lungs are below the least volume
    assert "no lungs found" in capsys.readouterr().out
    assert main([*pairs, "--roi", "none"]) == 0
    assert main(["train-lowres-published", str(tmp_path / "run"), folder, "--threads", "1", *BRIEF]) == 0


def test_lits_is_prepared_and_trains_autopath(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(train_autopath, "VALIDATION_WINDOWS", 2)
    batch = tmp_path / "Training Batch 1"
    labels = np.zeros((160, 162, 60), np.uint8)
    labels[16:48, 16:56, 10:50] = 1
    labels[20:24, 20:24, 20:30] = 2
    image = np.where(labels > 0, 100, 500).astype(np.int16)
    for number, slices in ((0, 60), (27, 60), (3, 30)):
        write_nifti(batch / f"volume-{number}.nii", image[:, :, :slices], (0.7, 0.7, 1.5))
        write_nifti(batch / f"segmentation-{number}.nii", labels[:, :, :slices], (0.7, 0.7, 1.5))
    folder = tmp_path / "prepared"
    assert main(["prepare", "lits", str(folder), "--volumes", str(batch)]) == 0
    assert "2 cases, 1 left out" in capsys.readouterr().out  # volume-3 has 45 slices of 1 mm
    cases = list_cases(folder)
    assert [(case.name, case.facts["subset"]) for case in cases] == [("volume-0", "lits"), ("volume-27", "3dircadb")]
    prepared, target = cases[0].array("image"), cases[0].array("target")
    assert prepared.shape == (90, 81, 80) and target.shape == (90, 162, 160)
    assert prepared[0].max() == pytest.approx(1.25, abs=0.01) and prepared[45, 18, 16] == pytest.approx(0.5, abs=0.05)
    assert set(np.unique(target)) == {0, 1}
    window, truth = draw_window(prepared, target, np.random.default_rng(0))
    assert len(window) == len(truth) == WINDOW
    train = ["train-autopath", str(tmp_path / "run"), "--prepared", str(folder), "--threads", "1", "--width", "2"]
    assert main([*train, "--batch", "2", "--segmentation-steps", "1", "--policy-steps", "1"]) == 0


@pytest.mark.parametrize(("size", "tile", "stride"), [(306, 128, 120), (100, 128, 120), (128, 128, 120), (432, 90, 75)])
def test_tiles_cover_everything(size: int, tile: int, stride: int):
    padded = padded_size(size, tile, stride)
    assert padded >= size and (padded - tile) % stride == 0 and padded < max(size, tile) + stride


@pytest.mark.parametrize("margin", [0, 3])
def test_tiles_join_to_what_the_network_says_of_the_whole(margin: int):
    class Inner(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.factor = torch.nn.Parameter(torch.tensor(2.0))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            inside = slice(margin, -margin or None)
            return self.factor * x[:, :, inside, inside, inside]

    image = np.random.default_rng(0).random((17, 9, 30)).astype(np.float32)
    assert segment_in_tiles(Inner(), image, tile=12, stride=10, margin=margin) == pytest.approx(2 * image)
