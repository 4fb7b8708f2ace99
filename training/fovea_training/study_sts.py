"""`sts-study RUN... --images ... --labels ...`: what the fine network adds at each input size, as the node itself measures it.

Of every run two packages are made for the time of the measurement: the rough network alone (`resized-unet3d`) and both
(`sts-unet3d`); `fovea evaluate` measures them on the same images.
"""

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fovea_training import packages
from fovea_training.export import make_manifest, read_tensors
from fovea_training.package import write_package
from fovea_training.packages import Description
from fovea_training.runs import RunError, read_settings, write_atomically

PACKAGE = "aorta"
FORMS = ("rough alone", "two-stage")
Tensors = dict[str, np.ndarray]
Figures = dict[str, float]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs of train-sts, one for each input size")
    parser.add_argument("--images", nargs="+", required=True, help="as for fovea evaluate")
    parser.add_argument("--labels", nargs="+", required=True, help="as for fovea evaluate")
    parser.add_argument("--data", required=True, help="what is measured on, for the card")
    parser.add_argument("--fovea", default="fovea", help="the program (default: the one on the PATH)")
    parser.add_argument("--output", type=Path, help="JSON file for `export --figures`")


def run(arguments: argparse.Namespace) -> int:
    entries, rows = [], []
    try:
        for folder in arguments.runs:
            settings = read_settings(folder)
            figures = measure_run(folder, settings, arguments)
            rows.append(table_row(settings["input_size"], figures))
            entries += to_entries(settings["input_size"], figures, arguments.data)
    except (RunError, OSError, ValueError, KeyError) as error:
        print(f"sts-study: {error}")
        return 1
    print("\n".join(["| input size | Dice, rough alone | Dice, two-stage | recall, rough alone | recall, two-stage |", "|---|---|---|---|---|", *rows]))
    if arguments.output:
        write_atomically(arguments.output, json.dumps(entries, indent=2) + "\n")
    return 0


def measure_run(folder: Path, settings: dict[str, Any], arguments: argparse.Namespace) -> dict[str, Figures]:
    """The figures of both forms."""
    description = packages.describe(PACKAGE, [settings])
    tensors = read_tensors([folder], description)
    with tempfile.TemporaryDirectory() as models:
        forms = zip(FORMS, (rough_alone(description, tensors), (description, tensors)), strict=True)
        return {
            form: evaluate(write_form(Path(models) / form.replace(" ", "-"), *parts, settings["seed"]), arguments)
            for form, parts in forms
        }


def rough_alone(description: Description, tensors: Tensors) -> tuple[Description, Tensors]:
    """The same model without its fine network."""
    architecture = {key: value for key, value in description.architecture.items() if key != "context"}
    own = {f"unet.{name.removeprefix('rough.')}": value for name, value in tensors.items() if name.startswith("rough.")}
    return replace(description, architecture=architecture | {"name": "resized-unet3d"}), own


def write_form(folder: Path, description: Description, tensors: Tensors, seed: int) -> Path:
    """A package without figures."""
    options = argparse.Namespace(name=folder.name, cost="not counted", figures=[])
    write_package(folder, make_manifest(options, description, seed), tensors, f"# {folder.name}\n\nMade for a measurement.\n")
    return folder


def evaluate(model: Path, arguments: argparse.Namespace) -> Figures:
    """Mean Dice and voxel recall of the node's own segmentations; raises ValueError where it fails."""
    command = [arguments.fovea, "evaluate", "--model", str(model), "--images", *arguments.images, "--labels", *arguments.labels, "--json"]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        raise ValueError(f"`{shlex.join(command)}` failed with status {result.returncode}")
    cases = [case["figures"] for case in json.loads(result.stdout)["cases"]]
    return {
        "dice": float(np.mean([case["dice"] for case in cases])),
        "recall": float(np.mean([voxel_recall(case) for case in cases])),
    }


def voxel_recall(case: dict[str, float]) -> float:
    """The share of the truth that was found: Dice and the volumes of both give what they have in common."""
    common = case["dice"] * (case["found_ml"] + case["truth_ml"]) / 2
    return common / case["truth_ml"] if case["truth_ml"] else 1.0


def table_row(size: int, figures: dict[str, Figures]) -> str:
    values = [figures[form][metric] for metric in ("dice", "recall") for form in FORMS]
    return f"| {size} | " + " | ".join(f"{value:.3f}" for value in values) + " |"


def to_entries(size: int, figures: dict[str, Figures], data: str) -> list[dict[str, Any]]:
    """As in model.json's `measured`."""
    command = shlex.join(["python", "-m", "fovea_training", *sys.argv[1:]])
    return [
        {"data": data, "metric": f"{metric}, input size {size}, {form}", "value": round(value, 4), "command": command}
        for form, values in figures.items()
        for metric, value in values.items()
    ]
