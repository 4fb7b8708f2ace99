"""What each shipped package says of itself: a module per package, named as it with `_` for `-`.

A module has `describe(runs) -> Description`; `runs` are the settings (run.json) of the runs that the package is made
of, in the order of the command line. Its model card is `training/cards/NAME.md`.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Any

Settings = dict[str, Any]


@dataclass(frozen=True)
class Description:
    """The parts of model.json that differ from package to package."""

    version: str
    title: str
    architecture: Settings
    """A pair has two runs: its rough network's and its fine one's."""
    modality: list[str]
    preprocessing: list[Settings]
    applicability: Settings
    output: Settings
    labels: list[Settings]
    data: list[dict[str, str]]
    """Name, licence and credit of each set that training saw."""
    recipe: str
    """One line."""
    intended_use: str
    half_precision: bool = False
    """Weights as F16, where F32 would be more than a package may weigh."""


def names() -> list[str]:
    """The packages that can be exported."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def describe(name: str, runs: list[Settings]) -> Description:
    """The description of a package of `names()`; raises ValueError where a run's data may not be trained on."""
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}").describe(runs)


def describe_start(run: Settings) -> str:
    """For the recipe of a run that went on from another, named in its settings."""
    return f", begun with the weights of the run {run['start']}" if run.get("start") else ""


def snomed(code: str, meaning: str) -> dict[str, str]:
    """A code of SNOMED CT."""
    return {"code": code, "scheme": "SCT", "meaning": meaning}
