"""`export NAME RUN... OUTPUT`: finished runs and their figures become a package, described by packages/NAME.py."""

import argparse
import datetime
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fovea_training import packages
from fovea_training.naming import PAIR
from fovea_training.package import write_package
from fovea_training.packages import Description
from fovea_training.runs import RunError, read_settings

CARDS = Path(__file__).parent.parent / "cards"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=packages.names(), help="the package")
    parser.add_argument(
        "runs", type=Path, nargs="+", help="folder of the finished run; of a pair, the rough one's and the fine one's"
    )
    parser.add_argument("output", type=Path, help="folder of the package, named as it")
    parser.add_argument(
        "--card", type=Path, help="Markdown; {figures}, {recipe} and {cost} are filled in (default: cards/NAME.md)"
    )
    parser.add_argument("--cost", required=True, help="what training took, for the provenance")
    parser.add_argument("--figures", type=Path, nargs="*", default=[], help="JSON files of `measure`")
    parser.add_argument("--example", type=Path, help="PNG of a typical result")


def run(arguments: argparse.Namespace) -> int:
    try:
        settings = [read_settings(folder) for folder in arguments.runs]
        description = packages.describe(arguments.name, settings)
        manifest = make_manifest(arguments, description, settings[0]["seed"])
        tensors = read_tensors(arguments.runs, description)
        card = fill_card((arguments.card or CARDS / f"{arguments.name}.md").read_text(), manifest)
        picture = arguments.example.read_bytes() if arguments.example else None
        write_package(arguments.output.resolve(), manifest, tensors, card, picture)
    except (RunError, OSError, ValueError, KeyError) as error:
        print(f"export: {error}")
        return 1
    print(f"{arguments.output}: written")
    return 0


def read_tensors(runs: list[Path], description: Description) -> dict[str, np.ndarray]:
    """The trained tensors under the names of the package; those of a pair have their member's role before them."""
    roles = ("rough.", "fine.") if description.architecture["name"] == PAIR else ("",)
    if len(runs) != len(roles):
        raise ValueError(f"a package of this architecture is made of {len(roles)} runs, not of {len(runs)}")
    kind = np.float16 if description.half_precision else np.float32
    return {
        role + name: value.float().numpy().astype(kind)
        for role, folder in zip(roles, runs, strict=True)
        for name, value in torch.load(folder / "model.pt", weights_only=True, map_location="cpu").items()
        if not name.endswith("num_batches_tracked")
    }


def make_manifest(arguments: argparse.Namespace, description: Description, seed: int) -> dict[str, Any]:
    """model.json without the entry of the weights."""
    return {
        "name": arguments.name,
        "version": description.version,
        "title": description.title,
        "architecture": description.architecture,
        "input": {"modality": description.modality, "orientation": "LPS", "spacing_mm": None},
        "preprocessing": description.preprocessing,
        "applicability": description.applicability,
        "output": description.output,
        "labels": description.labels,
        "provenance": {
            "data": description.data,
            "recipe": description.recipe,
            "seed": seed,
            "cost": arguments.cost,
            "code_revision": code_revision(),
            "date": datetime.date.today().isoformat(),
        },
        "measured": [entry for path in arguments.figures for entry in json.loads(path.read_text())],
        "intended_use": description.intended_use,
    }


def figure_table(measured: list[dict[str, Any]]) -> str:
    """A Markdown table, a row per figure, and the commands that give them."""
    rows = [f"| {entry['data']} | {entry['metric'].replace('_', ' ')} | {entry['value']} |" for entry in measured]
    commands = dict.fromkeys(entry["command"] for entry in measured)
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
