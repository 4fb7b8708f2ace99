"""AutoPath's training and its study, on a tiny person: both stages leave their traces, the policy leaves the rest
alone."""

import argparse
import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from test_torsos import make_person

from fovea_training import autopath_study, train_autopath, train_liver
from fovea_training.autopath_study import Case, Model, Outcome
from fovea_training.data.dicom_series import SeriesError
from fovea_training.loop import Schedule, fit
from fovea_training.naming import tensor_table
from fovea_training.networks.autopath import AutoPath
from fovea_training.networks.unet import ResizedUNet
from fovea_training.packages import liver, liver_autopath
from fovea_training.runs import Run
from fovea_training.synthesis.torsos import TorsoSynthesis
from fovea_training.train_autopath import PolicyTask, SegmentationTask, Windows

CPU = torch.device("cpu")
BRIEF = Schedule(steps=3, batch=2, learning_rate=3e-3, warm_up=2)


@pytest.fixture(scope="module")
def draw():
    source = TorsoSynthesis.of([make_person(30)])
    return lambda rng: source.window(rng, 24, 65)


def test_both_stages_train_and_the_policy_leaves_the_segmentation_network_alone(draw, tmp_path: Path):
    torch.manual_seed(0)
    model, run = AutoPath("autopath-r18", 4), Run(tmp_path / "run", {"seed": 1}, resume=False)
    fit(SegmentationTask(model, BRIEF, CPU, 0.2), Windows(draw, "segmentation", BRIEF, 8, 1, 0), run, None)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fit(PolicyTask(model, BRIEF, CPU, 50.0), Windows(draw, "policy", BRIEF, 8, 1, 0), run, None)
    changed = {name.split(".")[0] for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"policy"}
    rows = list(csv.DictReader((run.folder / "metrics.csv").open()))
    assert [row["stage"] for row in rows] == ["segmentation", "policy"]
    figures = train_autopath.validate(model, draw)
    assert set(figures) == {"full", "policy", "dropped"} and 0 <= figures["dropped"] <= 1


def test_a_batch_depends_on_seed_stage_and_step_alone(draw):
    whole, rest = list(Windows(draw, "policy", BRIEF, 8, 1, 0)), list(Windows(draw, "policy", BRIEF, 8, 1, 2))
    assert len(rest) == 1 and all(torch.equal(a, b) for a, b in zip(whole[2], rest[0], strict=True))
    other = next(iter(Windows(draw, "segmentation", BRIEF, 8, 1, 0)))
    assert not torch.equal(other[0], whole[0][0])


def test_batch_norm_keeps_its_statistics_in_the_last_part(draw):
    model = AutoPath("autopath-r18", 4)
    task = SegmentationTask(model, BRIEF, CPU, 0.0)
    *_, last = Windows(draw, "segmentation", BRIEF, 8, 1, 0)
    before = model.backbone.stem.bn.running_mean.clone()
    task.loss((*last[:3], torch.tensor(round(0.9 * BRIEF.steps))))
    assert torch.equal(before, model.backbone.stem.bn.running_mean)
    task.loss((*last[:3], torch.tensor(0)))
    assert not torch.equal(before, model.backbone.stem.bn.running_mean)


def test_logits_are_brought_to_targets_that_kept_their_plane():
    targets, logits = torch.zeros(1, 1, 4, 16, 16), torch.rand(1, 1, 4, 8, 8)
    assert train_autopath.on_grid_of(targets, logits).shape == targets.shape
    assert train_autopath.on_grid_of(logits, logits) is logits


def test_the_fine_network_trains(tmp_path: Path):
    source = TorsoSynthesis.of([make_person(30)])
    samples = train_liver.LiverCrops(source, 48)
    image, target = samples.draw(0, "fine", np.random.default_rng(0))
    assert image.shape == target.shape == (1, 48, 48, 48)
    network = ResizedUNet(3, 2)
    task = train_liver.FineTask(network, BRIEF, CPU)
    fit(task, train_liver.Batches(samples, "fine", BRIEF, 1, 0), Run(tmp_path / "run", {}, resume=False), None)
    assert 0 <= train_liver.validate(network, source, 48) <= 1


def test_one_window_a_step_is_refused(tmp_path: Path, capsys):
    parser = argparse.ArgumentParser()
    train_autopath.add_arguments(parser)
    assert train_autopath.run(parser.parse_args([str(tmp_path / "run"), "--batch", "1"])) == 1
    assert "--batch must be 2" in capsys.readouterr().out


def test_windows_follow_each_other_and_short_volumes_repeat_their_ends():
    image = np.arange(20, dtype=np.float32)[:, None, None] * np.ones((1, 4, 4), np.float32)
    found = list(autopath_study.windows(image, 8))
    assert [slices.start for slices, _ in found] == [0, 8, 12]
    ((slices, window),) = autopath_study.windows(image[:5], 8)
    assert window[0, 0, :, 0, 0].tolist() == [0, 0, 1, 2, 3, 4, 4, 4]


def test_steps_are_those_of_the_package():
    steps = [
        {"step": "roi", "roi": "none"}, {"step": "clip", "low": -200, "high": 250},
        {"step": "resample", "interpolation": "cubic", "spacing_mm": [None, None, 3.0], "size": [9, 17, None]},
        {"step": "scale", "from": [0, 200], "to": [0, 1]},
    ]  # fmt: skip
    prepared = autopath_study.prepare(np.full((6, 20, 30), 400, np.float32), (1.5, 1, 1), steps)
    assert prepared.shape == (3, 17, 9) and np.allclose(prepared, 1.25)
    with pytest.raises(SeriesError, match="zscore"):
        autopath_study.prepare(prepared, (1, 1, 1), [{"step": "zscore"}])


def test_the_study_drops_what_its_names_say():
    model = Model(AutoPath("autopath-r18", 4).eval(), 8, [])
    image = np.random.default_rng(0).random((8, 33, 33), np.float32)
    case = Case("case", image, torch.ones(8, 40, 40, dtype=torch.bool))
    outcomes = autopath_study.study(model, [case])
    assert [each.dropped for each in outcomes["DropFirstN"]] == list(range(1, 8))
    assert [each.dropped for each in outcomes["DropRandomN"]] == list(range(1, 8))
    assert [each.dropped for each in outcomes["single"]] == [1] * 8
    assert outcomes["full"][0].dropped == 0 and 0 <= outcomes["AutoPath"][0].dropped <= 8


def test_the_table_compares_at_autopaths_level(tmp_path: Path):
    model = Model(AutoPath("autopath-r18", 4), 8, [])
    ladder = [Outcome(float(n), 0.9 - 0.1 * n) for n in range(1, 8)]
    outcomes = {
        "full": [Outcome(0, 0.9)], "AutoPath": [Outcome(2.6, 0.88)], "DropFirstN": ladder, "DropLastN": ladder,
        "DropRandomN": ladder, "single": [Outcome(1, 0.85)] * 8,
    }  # fmt: skip
    table = autopath_study.to_table(model, outcomes)
    assert "| DropFirstN | 3.0 | 0.600 |" in table and "| AutoPath | 2.6 | 0.880 |" in table
    autopath_study.draw_curves(model, outcomes, tmp_path / "study.png")
    assert (tmp_path / "study.png").stat().st_size > 0


ROUGH = {
    "network": "autopath-r18", "width": 4, "window": 48, "side": 177, "maps": ["stacked", "head-1"], "drop_rate": 0.1,
    "tau": 200.0, "segmentation": {"steps": 1, "batch": 4, "learning_rate": 0.004},
    "policy": {"steps": 1, "batch": 2, "learning_rate": 0.001},
}  # fmt: skip
FINE = {
    "maps": ["stacked", "mr-slab"], "width": 2, "input_size": 80,
    "fine": {"steps": 1, "batch": 2, "learning_rate": 0.003},
}  # fmt: skip


def test_the_package_is_a_pair_with_its_sets_credited():
    description = liver.describe([ROUGH, FINE])
    names = set(tensor_table(description.architecture))
    assert {"rough.backbone.stem.conv.weight", "rough.policy.keep.linear.weight", "fine.unet.out.conv.bias"} <= names
    assert description.architecture["context"] == 10
    assert {entry["name"] for entry in description.data} >= {"ct_torso_totalseg_3mm", "ct_chest_cmbcrc"}


def test_autopath_alone_sees_what_it_was_trained_on():
    description = liver_autopath.describe([ROUGH])
    assert description.preprocessing[1]["size"] == [177, 177, None]
    published = liver_autopath.describe([ROUGH | {"maps": None, "side": 256}])
    assert published.preprocessing[1]["factor"] == [0.5, 0.5, None]
    assert published.data[0]["name"] == "LiTS" and "LiTS" in published.recipe


def test_a_model_trained_on_data_without_a_licence_on_record_is_not_described():
    with pytest.raises(ValueError, match="not exported"):
        liver.describe([ROUGH | {"maps": None}, FINE])
