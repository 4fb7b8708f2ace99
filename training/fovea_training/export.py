"""`export`: a finished LowRes run and its evaluations become the model package `lung-nodules`."""

import argparse
import datetime
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from fovea_training.data.chests import SOURCES
from fovea_training.evaluate_development import load_model
from fovea_training.import_lowres import LUNG_NODULE
from fovea_training.package import write_package

VERSION = "0.1.0"
MINIMUM_VOLUME_ML = 0.05
"""Of a finding: a sphere of 4.6 mm. Nothing smaller is found reliably, and what there is are mostly specks."""
INTENDED_USE = (
    "Marks candidate lung nodules of about 6 to 30 mm in CT of the chest, for research on detection and volumetry "
    "and as an example of the package format. Not for diagnosis, screening or follow-up. Research use only."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="folder of a finished train-lowres run")
    parser.add_argument("output", type=Path, help="folder of the package, named lung-nodules")
    parser.add_argument("--card", type=Path, required=True, help="model card in Markdown; {figures}, {recipe} and {cost} are filled in")
    parser.add_argument("--cost", required=True, help="what training took, for the provenance")
    parser.add_argument("--figures", type=Path, nargs="*", default=[], help="JSON files of evaluate-development")
    parser.add_argument("--example", type=Path, help="PNG of a typical result")


def run(arguments: argparse.Namespace) -> int:
    try:
        manifest = make_manifest(arguments)
        card = fill_card(arguments.card.read_text(), manifest)
        picture = arguments.example.read_bytes() if arguments.example else None
        write_package(arguments.output.resolve(), manifest, read_tensors(arguments.run), card, picture)
    except (OSError, ValueError, KeyError) as error:
        print(f"export: {error}")
        return 1
    print(f"{arguments.output}: written")
    return 0


def read_tensors(folder: Path) -> dict[str, np.ndarray]:
    """The trained tensors under the names of the package, as float32."""
    state = load_model(folder / "model.pt").state_dict()
    return {name: value.float().numpy() for name, value in state.items() if not name.endswith("num_batches_tracked")}


def make_manifest(arguments: argparse.Namespace) -> dict[str, Any]:
    """model.json without the entry of the weights."""
    configuration = json.loads((arguments.run / "run.json").read_text())
    return {
        "name": "lung-nodules",
        "version": VERSION,
        "title": "Lung nodules in chest CT (LowRes, implanted nodules)",
        "architecture": {
            "name": "lowres", "features": configuration["features"], "in_channels": 1, "out_channels": 1,
        },
        "input": {"modality": ["CT"], "orientation": "LPS", "spacing_mm": None},
        "preprocessing": [
            {"step": "roi", "roi": "lungs"},
            {"step": "crop_to_roi", "margin_voxels": 5},
            {"step": "fill_outside_roi", "value": "minimum"},
            {"step": "clip", "low": -1000, "high": 300},
            {"step": "scale", "from": [-1000, 300], "to": [0, 1]},
        ],
        "applicability": {"minimum_roi_ml": 500, "minimum_extent_mm": 60, "minimum_slices": 20},
        "output": {"threshold": 0.5, "instances": True, "minimum_volume_ml": MINIMUM_VOLUME_ML},
        "labels": [LUNG_NODULE],
        "provenance": {
            "data": [describe_source(name) for name in configuration["hosts"]],
            "recipe": describe_recipe(configuration),
            "seed": configuration["seed"],
            "cost": arguments.cost,
            "code_revision": code_revision(),
            "date": datetime.date.today().isoformat(),
        },
        "measured": [entry for path in arguments.figures for entry in describe_figures(path)],
        "intended_use": INTENDED_USE,
    }  # fmt: skip


def describe_source(name: str) -> dict[str, str]:
    """A host's entry in the provenance; raises ValueError for one whose licence is not on record."""
    if name not in SOURCES:
        raise ValueError(f"host {name!r} has no licence on record in data/chests.py: such a model is not exported")
    source = SOURCES[name]
    return {"name": f"{source.folder}/{source.series}", "licence": source.licence, "credit": source.credit}


def describe_recipe(configuration: dict[str, Any]) -> str:
    """One line from run.json."""
    first, second = configuration["stage1"], configuration["stage2"]
    return (
        f"train-lowres on implanted nodules, hosts {' '.join(configuration['hosts'])}, "
        f"{configuration['variants']} spacings each; stage 1: {first['steps']} steps of {first['batch']} patches at "
        f"{first['learning_rate']}; stage 2: {second['steps']} steps of {second['batch']} at {second['learning_rate']}"
    )


def describe_figures(path: Path) -> list[dict[str, Any]]:
    """The entries of `measured` from one evaluation."""
    report = json.loads(path.read_text())
    spacing = " x ".join(str(value) for value in report["spacing_mm"])
    implants = {name: value for name, value in report["implants"].items() if value == value}
    common = {"command": report["command"]}
    data = f"{report['host']} ({spacing} mm), {implants.pop('lesions')} implants"
    entries = [{"data": data, "metric": name, "value": value, **common} for name, value in implants.items()]
    data = f"{report['host']} ({spacing} mm) as it is"
    return entries + [{"data": data, "metric": name, "value": value, **common} for name, value in report["untouched"].items()]


def figure_table(measured: list[dict[str, Any]]) -> str:
    """A Markdown table, a row per figure."""
    rows = [f"| {entry['data']} | {entry['metric'].replace('_', ' ')} | {entry['value']} |" for entry in measured]
    commands = sorted({entry["command"] for entry in measured})
    return "\n".join(["| data | figure | value |", "|---|---|---|", *rows, "", *(f"    {line}" for line in commands)])


def fill_card(card: str, manifest: dict[str, Any]) -> str:
    """The model card with what the manifest knows."""
    provenance = manifest["provenance"]
    known = {"figures": figure_table(manifest["measured"]), "recipe": provenance["recipe"], "cost": provenance["cost"]}
    for name, text in known.items():
        card = card.replace(f"{{{name}}}", text)
    return card


def code_revision() -> str:
    """The commit of this code, or `unknown` outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "unknown"
