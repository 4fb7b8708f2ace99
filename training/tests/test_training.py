"""The loop and the run folder: a stage learns, resumes where it stopped, and stops at a loss that is no number."""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from fovea_training import loop
from fovea_training import train_lowres
from fovea_training.data.hosts import Host
from fovea_training.inference import Box
from fovea_training.loop import Schedule, fit
from fovea_training.networks.lowres import LowRes
from fovea_training.runs import Run, RunError
from fovea_training.synthesis.patches import HostSampler
from fovea_training.train_lowres import PatchBatches, Stage1Task, Stage2Task

CPU = torch.device("cpu")
BRIEF = Schedule(steps=4, batch=2, learning_rate=3e-3, warm_up=2)


def batches(host: Host, stage: str, first: int = 0) -> PatchBatches:
    return PatchBatches([HostSampler.of(host, np.random.default_rng(0))], stage, BRIEF, seed=1, first=first)


def test_both_stages_train_and_leave_their_traces(host: Host, tmp_path: Path):
    torch.manual_seed(0)
    model, run = LowRes(2), Run(tmp_path / "run", {"seed": 1}, resume=False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fit(Stage1Task(model, BRIEF, CPU), batches(host, "stage1"), run, None)
    with torch.no_grad():
        model.stage1.get_submodule("Y8.2.bn").bias.fill_(3.0)  # proposes everything: four steps teach it nothing
    after_stage1 = {name: value.clone() for name, value in model.state_dict().items()}
    fit(Stage2Task(model, BRIEF, CPU, seed=1), batches(host, "stage2"), run, None)
    changed = {name.split(".")[0] for name, value in model.state_dict().items() if not torch.equal(value, after_stage1[name])}
    assert not torch.equal(before["stage1.a.conv.weight"], after_stage1["stage1.a.conv.weight"])
    assert changed == {"stage2"}  # batch norm of stage 1 included
    rows = list(csv.DictReader((run.folder / "metrics.csv").open()))
    assert [(row["stage"], row["step"]) for row in rows] == [("stage1", "4"), ("stage2", "4")]
    assert (run.folder / "learning-curve.png").stat().st_size > 0


def test_a_batch_depends_on_seed_and_step_alone(host: Host):
    whole, rest = list(batches(host, "stage1")), list(batches(host, "stage1", first=3))
    assert len(rest) == 1
    assert all(torch.equal(a, b) for a, b in zip(whole[3], rest[0], strict=True))


def test_a_box_is_cut_to_a_window_of_four_cells():
    task = Stage2Task(LowRes(2), BRIEF, CPU, seed=1)
    for _ in range(20):
        cut = task.cut_box(Box((0, 1, 2), (8, 4, 6)))
        assert (cut.low[1:], cut.high[1:]) == ((1, 2), (4, 6))
        assert 0 <= cut.low[0] and cut.high[0] - cut.low[0] == 4 and cut.high[0] <= 8


class Interrupted:
    """Batches that are cut off by Ctrl-C after some steps."""

    def __init__(self, source: PatchBatches, steps: int) -> None:
        self.source, self.steps = source, steps

    def __iter__(self):
        for step, batch in enumerate(self.source):
            if step == self.steps:
                raise KeyboardInterrupt
            yield batch


def test_an_interrupted_stage_ends_as_an_uninterrupted_one(host: Host, tmp_path: Path):
    results = []
    for name in ("whole", "interrupted"):
        torch.manual_seed(0)
        model, run = LowRes(2), Run(tmp_path / name, {}, resume=False)
        if name == "interrupted":
            with pytest.raises(KeyboardInterrupt):
                fit(Stage1Task(model, BRIEF, CPU), Interrupted(batches(host, "stage1"), 2), run, None)
            model = LowRes(2)
        state = run.load()
        fit(Stage1Task(model, BRIEF, CPU), batches(host, "stage1", state["step"] if state else 0), run, state)
        results.append(model.stage1.state_dict())
    assert all(torch.allclose(results[0][key], results[1][key], atol=1e-5) for key in results[0])


def test_a_loss_that_is_no_number_stops_the_run(host: Host, tmp_path: Path):
    model, run = LowRes(2), Run(tmp_path / "run", {}, resume=False)
    with torch.no_grad():
        model.stage1.a.conv.weight.fill_(float("nan"))
    with pytest.raises(RunError, match="not finite"):
        fit(Stage1Task(model, BRIEF, CPU), batches(host, "stage1"), run, None)


class Doomed:
    """A parameter whose loss, or whose gradient alone, is no number from the third step on."""

    name, score_name, schedule = "doomed", "score", BRIEF

    def __init__(self, loss_too: bool) -> None:
        self.network, self.loss_too = torch.nn.Linear(1, 1, bias=False), loss_too

    def loss(self, batch: torch.Tensor):
        weight = self.network.weight.sum()
        if batch < 2:
            return weight * 0.1, 0.5
        return (weight * float("nan") if self.loss_too else torch.sqrt(weight * 0)), 0.5  # the slope at 0 is infinite


@pytest.mark.parametrize("loss_too", [True, False])
def test_the_checkpoint_before_a_loss_or_gradient_that_is_no_number_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss_too: bool
):
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", -1.0)
    monkeypatch.setattr(loop, "MOST_SKIPPED", 0)
    task, run = Doomed(loss_too), Run(tmp_path / "run", {}, resume=False)
    with pytest.raises(RunError, match="step 3: the (loss|gradient) is not finite.*checkpoint is kept"):
        fit(task, torch.arange(4), run, None)
    state = run.load()
    assert state["step"] == 2 and bool(torch.isfinite(state["network"]["weight"]).all())


def test_a_step_whose_gradient_is_no_number_is_passed_over(tmp_path: Path):
    task = Doomed(loss_too=False)
    fit(task, torch.arange(4), Run(tmp_path / "run", {}, resume=False), None)
    assert bool(torch.isfinite(task.network.weight).all())


def test_a_run_is_not_overwritten_and_not_resumed_with_other_settings(tmp_path: Path):
    Run(tmp_path / "run", {"seed": 1}, resume=False)
    with pytest.raises(RunError, match="--resume"):
        Run(tmp_path / "run", {"seed": 1}, resume=False)
    with pytest.raises(RunError, match="other settings"):
        Run(tmp_path / "run", {"seed": 2}, resume=True)
    assert json.loads((tmp_path / "run" / "run.json").read_text()) == {"seed": 1}


def test_a_run_goes_on_from_the_weights_of_a_finished_one(host: Host, tmp_path: Path, monkeypatch, capsys):
    sampler = HostSampler.of(host, np.random.default_rng(0))
    monkeypatch.setitem(train_lowres.LESIONS, "nodules", lambda arguments: [sampler])
    settings = {
        "lesions": "nodules", "hosts": ["tiny"], "variants": 1, "seed": 1, "features": 2, "stage1_steps": 1,
        "stage2_steps": 1, "stage2_rate": 1e-3, "device": "cpu", "threads": 1, "resume": False,
    }  # fmt: skip
    first = argparse.Namespace(**settings, output=tmp_path / "first", start=None)
    second = argparse.Namespace(**settings, output=tmp_path / "second", start=tmp_path / "first")
    assert train_lowres.run(second) == 1
    assert "not finished" in capsys.readouterr().out
    assert train_lowres.run(first) == 0 and train_lowres.run(second) == 0
    configurations = [json.loads((tmp_path / name / "run.json").read_text()) for name in ("first", "second")]
    assert configurations[1] == configurations[0] | {"start": configurations[0]}
    before, after = (torch.load(tmp_path / name / "model.pt", weights_only=True) for name in ("first", "second"))
    near = [torch.allclose(before[key], after[key], rtol=0.1, atol=0.02) for key in before if key.endswith("conv.weight")]
    assert all(near)


def test_a_run_may_keep_the_first_stage_of_another(host: Host, tmp_path: Path, monkeypatch, capsys):
    sampler = HostSampler.of(host, np.random.default_rng(0))
    monkeypatch.setitem(train_lowres.LESIONS, "nodules", lambda arguments: [sampler])
    settings = {
        "lesions": "nodules", "hosts": ["tiny"], "variants": 1, "seed": 1, "features": 2, "stage2_steps": 1,
        "stage2_rate": 1e-3, "device": "cpu", "threads": 1, "resume": False,
    }  # fmt: skip
    without = argparse.Namespace(**settings, stage1_steps=0, output=tmp_path / "none", start=None)
    assert train_lowres.run(without) == 1
    assert "--start" in capsys.readouterr().out
    first = argparse.Namespace(**settings, stage1_steps=1, output=tmp_path / "first", start=None)
    second = argparse.Namespace(**settings, stage1_steps=0, output=tmp_path / "second", start=tmp_path / "first")
    assert train_lowres.run(first) == 0 and train_lowres.run(second) == 0
    before, after = (torch.load(tmp_path / name / "stage1.pt", weights_only=True) for name in ("first", "second"))
    assert all(torch.equal(before[key], after[key]) for key in before)
