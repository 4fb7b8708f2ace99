"""The networks are those of the paper: parameters, shapes, names."""

import torch

from fovea_training.naming import tensor_table
from fovea_training.networks.lowres import LowRes, Stage1Maps


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_parameters_are_those_of_the_released_checkpoint():
    model = LowRes(16)
    assert (count(model.stage1), count(model.stage2)) == (652_962, 73_125)


def test_wider_networks_grow_as_the_authors_class_does():
    model = LowRes(32)
    assert (count(model.stage1), count(model.stage2)) == (2_607_938, 276_581)


def test_tensor_names_and_shapes_are_those_of_the_package():
    state = LowRes(16).state_dict()
    ours = {name: tuple(value.shape) for name, value in state.items() if not name.endswith("num_batches_tracked")}
    architecture = {"name": "lowres", "features": 16, "in_channels": 1, "out_channels": 1}
    assert ours == tensor_table(architecture)


def test_stage_1_halves_three_times():
    maps = LowRes(4).stage1(torch.rand(2, 1, 16, 24, 32))
    shapes = [tuple(values.shape) for values in maps]
    assert shapes == [(2, 1, 8, 12, 16), (2, 4, 8, 12, 16), (2, 8, 4, 6, 8), (2, 16, 2, 3, 4), (2, 1, 2, 3, 4)]


def test_stage_2_returns_full_resolution():
    model = LowRes(4).eval()
    image = torch.rand(1, 1, 24, 16, 32)
    with torch.no_grad():
        maps = model.stage1(image)
        assert model.stage2(image, Stage1Maps(*maps)).shape == image.shape
