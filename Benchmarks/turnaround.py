"""Seconds from the last C-STORE response of a chest CT to its SEG and SR at the PACS, and where they go.

The series is the built-in phantom, or a folder given. The quiet period is part of the wait, and is shown apart.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import peers

QUIET_SECONDS = 2.0


def pipeline(pacs_port: int) -> tuple[str, str]:
    destination = f'[[destinations]]\nname = "pacs"\nae_title = "STORESCP"\nhost = "127.0.0.1"\nport = {pacs_port}\n'
    rule = (
        '[[pipelines]]\nname = "lung nodules"\nmodel = "lung-nodules"\nmodality = ["CT"]\nsend_to = ["pacs"]\n'
        f"[completeness]\nquiet_seconds = {QUIET_SECONDS}\n")
    return rule, destination


def wait_for_objects(folder: pathlib.Path, count: int, seconds: float = 300) -> float:
    """The time at which the last of `count` objects lay there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        files = [path for path in folder.iterdir() if path.name.startswith("SR")]
        if len(files) >= count:
            return time.monotonic()
        time.sleep(0.02)
    raise RuntimeError(f"no {count} reports within {seconds} s")


def measure(series: pathlib.Path) -> tuple[float, dict[str, float]]:
    with tempfile.TemporaryDirectory() as scratch:
        folders = [pathlib.Path(scratch) / name for name in ("pacs", "node")]
        for folder in folders:
            folder.mkdir()
        with peers.storescp(folders[0]) as pacs_port:
            rule, destination = pipeline(pacs_port)
            with peers.fovea(folders[1], pipelines=rule, destinations=destination) as port:
                subprocess.run(
                    ["dcmsend", "-aec", "FOVEA", "+sd", "+r", "127.0.0.1", str(port), str(series)],
                    check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                sent = time.monotonic()
                seconds = wait_for_objects(folders[0] / "store", 1) - sent
                queue = subprocess.run(
                    [str(peers.FOVEA), "queue", "list", "--json", "--config", str(folders[1] / "fovea.toml")],
                    check=True, capture_output=True, text=True)
                return seconds, json.loads(queue.stdout)[0]["timings_s"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=pathlib.Path)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        series = options.series
        if series is None:
            series = pathlib.Path(scratch)
            subprocess.run([str(peers.FOVEA), "phantom", "chest", "--output", scratch], check=True, capture_output=True)
            (series / "truth.json").unlink()
        runs = [measure(series) for _ in range(options.repeat)]
    total = statistics.median(seconds for seconds, _ in runs)
    print(f"| step | seconds (median of {options.repeat}) |")
    print("|---|---|")
    for step in runs[0][1]:
        print(f"| {step} | {statistics.median(timings[step] for _, timings in runs):.2f} |")
    print(f"| from the last response to the SR at the PACS | {total:.2f} |")
    print(f"| the quiet period, which evidence of completeness may shorten | {QUIET_SECONDS:.2f} |")


if __name__ == "__main__":
    main()
