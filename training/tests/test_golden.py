"""The committed golden files are what the networks give."""

import json
from pathlib import Path

import pytest
import torch

from fovea_training import golden_networks
from fovea_training.naming import ARCHITECTURES

FIXTURES = Path(__file__).parents[2] / "Tests" / "Fixtures"


def outputs(value: object) -> list[dict]:
    """All samples of a file, in order."""
    if isinstance(value, dict) and "positions" in value:
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [found for child in children for found in outputs(child)]


@pytest.fixture(scope="module")
def computed() -> dict:
    return golden_networks.all_golden()


# LowRes has a test of its own; the resized U-Nets are those of Segment-then-Segment.
@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if not name.startswith(("lowres", "resized"))])
def test_committed_activations_are_those_of_the_network(name, computed):
    committed = json.loads((FIXTURES / f"golden-{name}.json").read_text())
    assert committed["parameters"] == computed[name]["parameters"]
    pairs = list(zip(outputs(committed), outputs(computed[name]), strict=True))
    assert len(pairs) >= 7
    for before, now in pairs:
        assert before["shape"] == now["shape"] and before["positions"] == now["positions"]
        worst = (torch.tensor(before["values"]) - torch.tensor(now["values"])).abs().max()
        assert worst < 2e-5 * before["range"]
