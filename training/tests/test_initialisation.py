"""Rescaling a first stage changes its maps and nothing that it says."""

import torch

from fovea_training.initialisation import normalise_maps
from fovea_training.networks.lowres import Stage1


def trained_stage1() -> tuple[Stage1, torch.Tensor]:
    """A first stage whose batch norms have seen data, and an image."""
    torch.manual_seed(2)
    stage1, image = Stage1(4), torch.rand(2, 1, 32, 32, 32)
    with torch.no_grad():
        for _ in range(20):
            stage1(image)
        stage1.get_submodule("e").conv.weight *= 50
    return stage1.eval(), image


def test_maps_get_unit_deviation_and_proposals_stay():
    stage1, image = trained_stage1()
    with torch.no_grad():
        before = stage1(image).y8
        normalise_maps(stage1, image)
        after = stage1(image)
    assert torch.allclose(before, after.y8, atol=1e-3)
    for values in (after.f2, after.f4, after.f8):
        assert torch.allclose(values.std(dim=(0, 2, 3, 4)), torch.ones(values.shape[1]), atol=1e-3)
