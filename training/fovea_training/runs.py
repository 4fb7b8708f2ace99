"""A training run on disk: its configuration, metrics, learning curve and checkpoints."""

import argparse
import csv
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import torch

from fovea_training.data.dicom_series import SeriesError

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (after the choice of a backend without a display)


class RunError(Exception):
    """A run that cannot start or go on, with what to do about it."""


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """What every training command takes."""
    parser.add_argument("output", type=Path, help="folder of the run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")


class Run:
    """The folder of one run: run.json, metrics.csv, learning-curve.png, checkpoint.pt."""

    def __init__(self, folder: Path, configuration: dict[str, Any], resume: bool) -> None:
        """Makes the folder, or re-opens it with `resume`; raises RunError where the two do not fit."""
        self.folder, self.configuration = folder, configuration
        self.checkpoint_path = folder / "checkpoint.pt"
        described = folder / "run.json"
        if described.exists() and not resume:
            raise RunError(f"{folder} holds a run already: add --resume to go on with it, or choose another folder")
        if described.exists() and json.loads(described.read_text()) != configuration:
            raise RunError(f"{folder} was started with other settings (see run.json): resume it with those")
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(described, json.dumps(configuration, indent=2) + "\n")

    def record(self, metrics: dict[str, float | int | str]) -> None:
        """Appends a row to metrics.csv; every row has the same keys."""
        path = self.folder / "metrics.csv"
        fresh = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, metrics.keys())
            if fresh:
                writer.writeheader()
            writer.writerow(metrics)

    def draw_curve(self, score_name: str) -> None:
        """Draws loss and score against the step, a panel per stage."""
        rows = list(csv.DictReader((self.folder / "metrics.csv").open()))
        stages = sorted({row["stage"] for row in rows})
        figure, panels = pyplot.subplots(1, len(stages), figsize=(5 * len(stages), 3.2), squeeze=False)
        for stage, panel in zip(stages, panels[0], strict=True):
            chosen = [row for row in rows if row["stage"] == stage]
            steps = [int(row["step"]) for row in chosen]
            panel.plot(steps, [float(row["loss"]) for row in chosen], label="loss")
            panel.plot(steps, [float(row["score"]) for row in chosen], label=score_name)
            panel.set(title=stage, xlabel="step", ylim=(0, None))
            panel.legend()
        figure.tight_layout()
        figure.savefig(self.folder / "learning-curve.png", dpi=110)
        pyplot.close(figure)

    def save(self, state: dict[str, Any]) -> None:
        """Writes the checkpoint; a crash or a full disk leaves the earlier one."""
        save_atomically(self.checkpoint_path, state)

    def load(self) -> dict[str, Any] | None:
        """The last checkpoint, if there is one."""
        if not self.checkpoint_path.exists():
            return None
        return torch.load(self.checkpoint_path, weights_only=True)


def read_settings(folder: Path) -> dict[str, Any]:
    """run.json of a finished run; raises RunError for one that is not."""
    if not (folder / "model.pt").exists():
        raise RunError(f"{folder} holds no model.pt: the run is not finished; go on with it by --resume")
    return json.loads((folder / "run.json").read_text())


def run_training(command: str, train: Callable[[argparse.Namespace], None], arguments: argparse.Namespace) -> int:
    """Runs a training command; what can go wrong becomes a message and an exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by default in a shell's background
    try:
        train(arguments)
    except (RunError, SeriesError, OSError) as error:
        print(f"{command}: {error}")
        return 1
    except KeyboardInterrupt:
        print(f"{command}: interrupted; go on with --resume {arguments.output}")
        return 130
    return 0


def write_atomically(path: Path, text: str) -> None:
    """Replaces a text file; a crash leaves the earlier one."""
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(text)
    os.replace(part, path)


def save_atomically(path: Path, state: dict[str, Any]) -> None:
    """Replaces a file of tensors; raises RunError where the disk does not take it, and leaves the earlier one."""
    part = path.with_suffix(".part")
    try:
        torch.save(state, part)
        os.replace(part, path)
    except (OSError, RuntimeError) as error:  # torch's writer raises RuntimeError on a full disk
        part.unlink(missing_ok=True)
        raise RunError(f"{path} cannot be written: free some space, then go on with --resume ({error})") from error
