"""A finished run becomes a package that holds its very weights; anything dubious becomes none."""

import argparse
import json
from pathlib import Path

import pytest
import torch

from fovea_training import export
from fovea_training.evaluate_development import load_model
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
    (tmp_path / "cmb.json").write_text(json.dumps(figures))
    (tmp_path / "card.md").write_text("# Card\n\n{figures}\n")
    return argparse.Namespace(
        run=folder, output=tmp_path / "lung-nodules", card=tmp_path / "card.md", cost="none",
        figures=[tmp_path / "cmb.json"], example=None,
    )  # fmt: skip


def test_the_package_holds_the_weights_of_the_run(finished: argparse.Namespace):
    assert export.run(finished) == 0
    packed = read_safetensors(finished.output / "weights.safetensors")
    trained = torch.load(finished.run / "model.pt", weights_only=True)
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
    settings = json.loads((finished.run / "run.json").read_text()) | {"hosts": ["/somewhere"]}
    (finished.run / "run.json").write_text(json.dumps(settings))
    assert export.run(finished) == 1
    assert "licence" in capsys.readouterr().out
    assert not finished.output.exists()


def test_weights_that_are_no_numbers_leave_no_package(finished: argparse.Namespace):
    model = LowRes(2)
    with torch.no_grad():
        model.stage2.Y.conv.weight.fill_(float("nan"))
    torch.save(model.state_dict(), finished.run / "model.pt")
    assert export.run(finished) == 1
    assert list(finished.output.parent.glob("*lung-nodules*")) == []
