"""AutoPath's policy: reward counted by hand, bounds, curriculum, and which way its gradient points."""

import math

import pytest
import torch

from fovea_training.policy_gradient import (
    BETA, bounded, greedy_path, open_blocks, policy_loss, reward, sampled_path, voxel_dice,
)  # fmt: skip


def test_a_voxel_is_right_or_half_right():
    predicted, target = torch.tensor([0.0, 0, 1, 1]), torch.tensor([0.0, 1, 0, 1])
    assert voxel_dice(predicted, target).tolist() == [1, 0.5, 0.5, 1]


def test_reward_is_what_is_saved_where_the_mask_is_right_and_minus_tau_where_it_is_wrong():
    target = torch.zeros(2, 1, 2, 5, 10)
    predicted = target.clone()
    predicted[1, 0, 0, 0, :3] = 1  # 3 of 100 voxels are wrong
    paths = torch.tensor([[True] * 6 + [False] * 2, [True] * 4 + [False] * 4])
    first, second = reward(predicted, target, paths, tau=50).tolist()
    assert first == pytest.approx(1 - 0.75**2)
    assert second == pytest.approx(0.97 * (1 - 0.5**2) - 50 * 0.03)


def test_a_full_path_earns_nothing_and_two_dropped_blocks_are_worth_less_than_a_hundredth_of_the_voxels():
    target, wrong = torch.zeros(1, 1, 10, 10, 10), torch.zeros(1, 1, 10, 10, 10)
    wrong[0, 0, 0, 0, :9] = 1
    full, dropped = torch.ones(1, 8, dtype=torch.bool), torch.tensor([[True] * 6 + [False] * 2])
    assert reward(target, target, full).item() == 0
    assert reward(wrong, target, dropped).item() < 0 < reward(target, target, dropped).item()


def test_probabilities_are_bounded_and_keep_their_side():
    keep = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])
    assert torch.allclose(bounded(keep, 0.8), torch.tensor([0.2, 0.35, 0.5, 0.65, 0.8]))


def test_the_curriculum_opens_blocks_from_the_last_one():
    assert open_blocks(0, 10, 4).tolist() == [False, False, False, True]
    assert open_blocks(9, 10, 4).tolist() == [False, False, False, True]
    assert open_blocks(10, 10, 4).tolist() == [False, False, True, True]
    assert open_blocks(1000, 10, 4).tolist() == [True] * 4


def test_closed_blocks_are_kept_whatever_the_policy_says():
    keep, is_open = torch.tensor([[0.0, 0.0, 0.9, 0.1]]), torch.tensor([False, False, True, True])
    assert greedy_path(keep, is_open).tolist() == [[True, True, True, False]]
    never = torch.full_like(keep, 0.99)
    assert sampled_path(keep, is_open, never).tolist() == [[True, True, False, False]]
    always = torch.zeros_like(keep)
    assert sampled_path(keep, is_open, always).tolist() == [[True] * 4]


def test_a_sampled_path_has_the_bounded_frequency():
    uniform = (torch.arange(1000) + 0.5).div(1000)[:, None]
    keep = torch.ones(1000, 1)
    assert sampled_path(keep, torch.tensor([True]), uniform).float().mean().item() == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize("advantage, direction", [(1.0, 1), (-1.0, -1)])
def test_the_gradient_makes_a_better_path_likelier_and_a_worse_one_less_likely(advantage, direction):
    keep = torch.full((1, 2), 0.5, requires_grad=True)
    path = torch.tensor([[True, False]])
    policy_loss(keep, path, torch.tensor([advantage]), torch.tensor([True, True]), beta=0).backward()
    step = -keep.grad[0]  # downhill
    assert step[0] * direction > 0 and step[1] * direction < 0


def test_closed_blocks_have_no_gradient():
    keep = torch.full((1, 3), 0.4, requires_grad=True)
    is_open = torch.tensor([False, True, True])
    policy_loss(keep, torch.tensor([[True, True, False]]), torch.tensor([2.0]), is_open).backward()
    assert keep.grad[0, 0] == 0 and (keep.grad[0, 1:] != 0).all()


def test_the_loss_is_the_published_formula():
    keep = torch.tensor([[0.9, 0.3]])
    p = [0.8 * 0.9 + 0.2 * 0.1, 0.8 * 0.3 + 0.2 * 0.7]
    expected = -(2.0 * (math.log(p[0]) + math.log(1 - p[1]))) - BETA * sum(-q * math.log(q) for q in p)
    loss = policy_loss(keep, torch.tensor([[True, False]]), torch.tensor([2.0]), torch.tensor([True, True]))
    assert loss.item() == pytest.approx(expected, rel=1e-5)
