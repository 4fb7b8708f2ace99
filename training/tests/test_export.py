"""Finished runs become a package that holds their very weights; anything dubious becomes none."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from fovea_training import export, measure, packages
from fovea_training.evaluate_development import load_model, to_entries
from fovea_training.networks.lowres import LowRes
from fovea_training.package import read_safetensors

STAGE = {"steps": 10, "batch": 2, "learning_rate": 0.003}


@pytest.fixture
def finished(tmp_path: Path) -> argparse.Namespace:
    folder = tmp_path / "run"
    folder.mkdir()
    torch.save(LowRes(2).state_dict(), folder / "model.pt")
    settings = {"hosts": ["fcp"], "variants": 2, "seed": 7, "features": 2, "stage1": STAGE, "stage2": STAGE}
    (folder / "run.json").write_text(json.dumps(settings))
    figures = {
        "command": "python -m fovea_training evaluate-development x", "host": "cmb", "spacing_mm": [0.9, 0.9, 2.5],
        "implants": {"lesions": 4, "average_recall": 0.5, "recall_0_to_6_mm": float("nan")},
        "untouched": {"real_nodule_dice": 0.8},
    }  # fmt: skip
    (tmp_path / "cmb.json").write_text(json.dumps(to_entries(figures)))
    (tmp_path / "card.md").write_text("# Card\n\n{figures}\n")
    return argparse.Namespace(
        name="lung-nodules", runs=[folder], output=tmp_path / "lung-nodules", card=tmp_path / "card.md", cost="none",
        figures=[tmp_path / "cmb.json"], example=None,
    )  # fmt: skip


def test_the_package_holds_the_weights_of_the_run(finished: argparse.Namespace):
    assert export.run(finished) == 0
    packed = read_safetensors(finished.output / "weights.safetensors")
    trained = torch.load(finished.runs[0] / "model.pt", weights_only=True)
    assert all(torch.equal(torch.from_numpy(packed[name]), trained[name]) for name in packed)
    assert load_model(finished.output).features == 2


def test_the_manifest_says_what_was_trained_on_what_and_measured_how(finished: argparse.Namespace):
    export.run(finished)
    manifest = json.loads((finished.output / "model.json").read_text())
    assert manifest["provenance"]["data"][0]["licence"] == "CC BY"
    assert manifest["provenance"]["seed"] == 7
    assert [entry["metric"] for entry in manifest["measured"]] == ["average_recall", "real_nodule_dice"]
    assert manifest["intended_use"].endswith("Research use only.")
    assert "| average recall | 0.5 |" in (finished.output / "README.md").read_text()


def test_a_host_without_a_licence_on_record_is_not_exported(finished: argparse.Namespace, capsys):
    settings = json.loads((finished.runs[0] / "run.json").read_text()) | {"hosts": ["/somewhere"]}
    (finished.runs[0] / "run.json").write_text(json.dumps(settings))
    assert export.run(finished) == 1
    assert "licence" in capsys.readouterr().out
    assert not finished.output.exists()


def test_weights_that_are_no_numbers_leave_no_package(finished: argparse.Namespace):
    model = LowRes(2)
    with torch.no_grad():
        model.stage2.Y.conv.weight.fill_(float("nan"))
    torch.save(model.state_dict(), finished.runs[0] / "model.pt")
    assert export.run(finished) == 1
    assert list(finished.output.parent.glob("*lung-nodules*")) == []


def test_an_unfinished_run_is_not_exported(finished: argparse.Namespace, capsys):
    (finished.runs[0] / "model.pt").unlink()
    assert export.run(finished) == 1
    assert "--resume" in capsys.readouterr().out


def test_the_tensors_of_a_pair_have_their_role_before_their_names(finished: argparse.Namespace):
    description = argparse.Namespace(architecture={"name": "sts-pair"}, half_precision=True)
    tensors = export.read_tensors(finished.runs * 2, description)
    assert tensors["rough.stage1.a.conv.weight"].dtype == np.float16
    assert "fine.stage2.Y.conv.weight" in tensors
    with pytest.raises(ValueError, match="2 runs"):
        export.read_tensors(finished.runs, description)


def test_every_package_has_a_card():
    assert "lung-nodules" in packages.names()
    assert all((export.CARDS / f"{name}.md").is_file() for name in packages.names())


def test_figures_are_those_of_the_evaluation_and_name_their_command(tmp_path: Path):
    evaluation = {
        "cases": [{"figures": {"found_ml": 2.0}}, {"figures": {"found_ml": 4.0}}],
        "summary": {
            "cases": 2, "mean_dice": 0.91234567, "mean_volume_error_ml": 1.5,
            "detection": {
                "lesions": 3, "recall": 0.5, "by_size": [
                    {"from_mm": 0, "to_mm": 6, "lesions": 0, "found": 0}, {"from_mm": 10, "lesions": 3, "found": 1}]},
        },
    }  # fmt: skip
    (tmp_path / "evaluation.json").write_text(json.dumps(evaluation))
    command = [sys.executable, "-c", f"print(open({str(tmp_path / 'evaluation.json')!r}).read())"]
    assert measure.run(argparse.Namespace(output=tmp_path / "figures.json", data="heads", evaluation=command)) == 0
    entries = json.loads((tmp_path / "figures.json").read_text())
    assert {entry["metric"]: entry["value"] for entry in entries} == {
        "mean_dice": 0.9123, "mean_volume_error_ml": 1.5, "mean_found_ml": 3.0, "lesions": 3, "recall": 0.5,
        "recall_10_mm_or_more": 0.3333,
    }  # fmt: skip
    assert entries[0]["data"] == "heads (2 cases)"
    assert entries[0]["command"].startswith(sys.executable)


@pytest.mark.parametrize("command", (["false"], ["echo", "help"], ["echo {}"]))
def test_an_evaluation_that_fails_leaves_no_figures(tmp_path: Path, command: list[str]):
    arguments = argparse.Namespace(output=tmp_path / "figures.json", data="heads", evaluation=command)
    assert measure.run(arguments) == 1
    assert not arguments.output.exists()
