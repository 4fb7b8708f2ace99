"""Boxes, padding, and the way from proposals to logits."""

import numpy as np
import torch

from fovea_training.inference import NOTHING, Box, propose_boxes, segment
from fovea_training.networks.lowres import LowRes


def test_boxes_are_widened_by_one_cell_and_cut_at_the_border():
    cells = np.zeros((6, 6, 6), bool)
    cells[0, 0, 0] = cells[1, 1, 1] = True  # joined over a corner
    cells[4, 3, 3] = True
    assert list(propose_boxes(cells)) == [Box((0, 0, 0), (3, 3, 3)), Box((3, 2, 2), (6, 5, 5))]


def test_logits_lie_on_the_grid_of_the_image_and_nowhere_but_in_boxes():
    torch.manual_seed(3)
    model = LowRes(4)
    with torch.no_grad():
        model.stage1.Y8.get_submodule("2.bn").bias.fill_(-1.0)
        image = np.random.default_rng(0).random((37, 42, 50), np.float32)
        prediction = segment(model, image)
    assert prediction.logits.shape == image.shape
    assert bool(prediction.boxes) == bool((prediction.logits > NOTHING).any())


def test_no_proposal_leaves_nothing():
    model = LowRes(4)
    with torch.no_grad():
        model.stage1.Y8.get_submodule("2.bn").weight.zero_()
        model.stage1.Y8.get_submodule("2.bn").bias.fill_(-1.0)
    prediction = segment(model, np.zeros((16, 16, 16), np.float32))
    assert prediction.boxes == [] and (prediction.logits == NOTHING).all()


def test_everything_proposed_is_one_box_over_the_whole_volume():
    model = LowRes(4)
    with torch.no_grad():
        model.stage1.Y8.get_submodule("2.bn").weight.zero_()
        model.stage1.Y8.get_submodule("2.bn").bias.fill_(1.0)
    prediction = segment(model, np.zeros((20, 16, 16), np.float32))
    assert prediction.boxes == [Box((0, 0, 0), (3, 2, 2))]
