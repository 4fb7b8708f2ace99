"""Prepared cases on disk: preprocessing takes seconds a scan, so it is done once; training maps the arrays into memory.

A case is a folder with `image.npy`, `case.json` (facts, for the choice of cases) and further arrays.
"""

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fovea_training.data.dicom_series import SeriesError

FACTS = "case.json"


@dataclass(frozen=True)
class PreparedCase:
    """One case; its arrays stay on disk until they are indexed."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def facts(self) -> dict[str, Any]:
        return json.loads((self.folder / FACTS).read_text())

    def array(self, name: str) -> NDArray:
        try:
            return np.load(self.folder / f"{name}.npy", mmap_mode="r")
        except (OSError, EOFError, ValueError) as error:
            raise SeriesError(f"{self.folder}: cannot be read; delete it and prepare it again ({error})") from error


def save_case(folder: Path, name: str, arrays: dict[str, NDArray], facts: dict[str, Any]) -> None:
    """Writes FOLDER/NAME so that it is there as a whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part.", dir=folder))
    try:
        for array_name, values in arrays.items():
            np.save(part / f"{array_name}.npy", values)
        (part / FACTS).write_text(json.dumps(facts, indent=2) + "\n")
        part.rename(folder / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def list_cases(folder: Path, subsets: Sequence[int | str] | None = None) -> list[PreparedCase]:
    """The cases of a folder, of these subsets alone where the data set has any; raises SeriesError for none."""
    cases = [PreparedCase(path.parent) for path in sorted(folder.glob(f"*/{FACTS}")) if path.parent.name[0] != "."]
    if not cases:
        raise SeriesError(f"{folder}: no prepared cases; make them with `prepare`")
    chosen = [case for case in cases if subsets is None or case.facts.get("subset") in (None, *subsets)]
    if not chosen:
        raise SeriesError(f"{folder}: no cases of subsets {', '.join(map(str, subsets or ()))}; prepare these subsets")
    return chosen
