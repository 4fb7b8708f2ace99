"""`measure OUTPUT --data TEXT -- fovea evaluate ...`: runs the node's evaluation, keeps its figures and the command.

A command in one pair of quotes is run by the shell, so that it may name many files by a pattern.

The JSON file is what `export --figures` reads: data, metric, value and command, as in model.json's `measured`.
"""

import argparse
import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

from fovea_training.runs import write_atomically

Entry = dict[str, Any]
DIGITS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output", type=Path, help="JSON file to write")
    parser.add_argument("--data", required=True, help="what is measured on, for the card")
    parser.add_argument(
        "evaluation", nargs="+", metavar="COMMAND", help="after --: `fovea evaluate` with its options, but for --json"
    )


def run(arguments: argparse.Namespace) -> int:
    given = arguments.evaluation
    command = given[0] if len(given) == 1 else shlex.join(given)
    result = subprocess.run(f"{command} --json", shell=True, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        print(f"measure: {command!r} failed with status {result.returncode}; nothing is written")
        return 1
    try:
        entries = to_entries(json.loads(result.stdout), arguments.data, command)
    except (ValueError, KeyError) as error:
        print(f"measure: what {command!r} printed is no evaluation ({error}); nothing is written")
        return 1
    write_atomically(arguments.output, json.dumps(entries, indent=2) + "\n")
    for entry in entries:
        print(f"{entry['metric']}: {entry['value']}")
    return 0


def to_entries(evaluation: dict[str, Any], data: str, command: str) -> list[Entry]:
    """The summary of `fovea evaluate --json`, a figure per entry; what was not measured is left out."""
    summary = evaluation["summary"]
    figures = {name: value for name, value in summary.items() if name not in ("cases", "detection")}
    figures["mean_found_ml"] = sum(case["figures"]["found_ml"] for case in evaluation["cases"]) / summary["cases"]
    detection = dict(summary.get("detection") or {})
    by_size = detection.pop("by_size", [])
    figures |= detection
    for group in by_size:
        if group["lesions"]:
            upper = f"to_{group['to_mm']:g}_mm" if group.get("to_mm") is not None else "mm_or_more"
            figures[f"recall_{group['from_mm']:g}_{upper}"] = group["found"] / group["lesions"]
    data = f"{data} ({summary['cases']} {'case' if summary['cases'] == 1 else 'cases'})"
    return [
        {"data": data, "metric": name, "value": round(value, DIGITS), "command": command}
        for name, value in figures.items()
        if value is not None
    ]
