"""Ours: `fovea model bench` for times, `fovea model run` for results."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from fovea_training import parity
from fovea_training.package import read_safetensors, safetensors_bytes
from inference.cases import Case

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("FOVEA", ROOT / ".build/release/fovea"))
TIMEOUT_S = 600
IN_A_CHILD = ("/bin/sh", "-c", '"$@"; exit', "sh")
"""A process inherits the peak memory of the one that started it with vfork, ours with PyTorch in it; a shell's is small."""


class FoveaError(Exception):
    """What the command said."""


def bench(case: Case, repeat: int) -> tuple[float, float]:
    """Median seconds of a run, and the process's peak memory in MB."""
    command = [
        "model", "bench", "--architecture", case.architecture, "--shape", "x".join(map(str, case.shape)),
        "--threads", str(case.threads), "--repeat", str(repeat), "--json", *case.options,
    ]  # fmt: skip
    report = json.loads(run(command))
    seconds = layer_seconds(report, case.layers) if case.layers else report["total_s"]
    return seconds, report["peak_memory_mb"]


def layer_seconds(report: dict[str, Any], prefixes: tuple[str, ...]) -> float:
    """Of the layers whose names start with one of the prefixes."""
    chosen = [layer for layer in report["layers"] if layer["name"].startswith(prefixes)]
    if not chosen:
        raise FoveaError(f"no layer is called {' or '.join(prefixes)}")
    return sum(layer["ms"] for layer in chosen) / 1000


def result(case: Case) -> tuple[np.ndarray, bool]:
    """What the deterministic weights give for the deterministic input, and whether it is probabilities, not logits."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "input.safetensors", Path(folder) / "output.safetensors"
        source.write_bytes(safetensors_bytes({"input": parity.network_input(case.shape)}))
        command = ["model", "run", "--architecture", case.architecture, "--input", str(source), "--output", str(target)]
        run([*command, "--threads", str(case.threads), *case.options])
        ((name, values),) = read_safetensors(target).items()
        return values, name == "probabilities"


def run(command: list[str]) -> str:
    """The command's output."""
    done = subprocess.run(
        [*IN_A_CHILD, str(BINARY), *command], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise FoveaError(f"{' '.join(command[:2])} ended with {done.returncode}: {lines[0]}")
    return done.stdout
