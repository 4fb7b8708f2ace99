"""The importer of AutoPath's checkpoints, on state dicts with the authors' module names."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from fovea_training import parity
from fovea_training.__main__ import main
from fovea_training.naming import tensor_table
from fovea_training.package import read_safetensors

WIDTH = 4
BLOCKS = {"autopath-r18": (2, 2, 2, 2), "autopath-r50": (3, 4, 6, 3)}


def residual_network(blocks: tuple[int, ...], bottleneck: bool) -> nn.Module:
    """The authors' modules conv1, bn1, blocks and ds, with narrow layers."""
    net = nn.Module()
    net.conv1, net.bn1 = nn.Conv3d(1, WIDTH, 7, bias=False), nn.BatchNorm3d(WIDTH)
    net.blocks, net.ds = nn.ModuleList(), nn.ModuleList()
    channels = WIDTH
    for layer, count in enumerate(blocks):
        inner = WIDTH << layer
        outer = 4 * inner if bottleneck else inner
        projects = layer > 0 or channels != outer
        net.ds.append(nn.Sequential(*([nn.Conv3d(channels, outer, 1, bias=False), nn.BatchNorm3d(outer)] if projects else [])))
        net.blocks.append(nn.ModuleList())
        for _ in range(count):
            net.blocks[-1].append(residual_function(channels, inner, outer, bottleneck))
            channels = outer
    net.channels = channels
    return net


def residual_function(channels: int, inner: int, outer: int, bottleneck: bool) -> nn.Module:
    block = nn.Module()
    sizes = [(channels, inner, 1), (inner, inner, 3), (inner, outer, 1)] if bottleneck else [(channels, inner, 3), (inner, outer, 3)]
    for index, (inputs, outputs, kernel) in enumerate(sizes, start=1):
        block.add_module(f"conv{index}", nn.Conv3d(inputs, outputs, kernel, bias=False))
        block.add_module(f"bn{index}", nn.BatchNorm3d(outputs))
    return block


def aspp(inputs: int, channels: int) -> nn.Module:
    module = nn.Module()
    for index, kernel in enumerate((1, 3, 3, 3), start=1):
        branch = nn.Module()
        branch.atrous_conv, branch.bn = nn.Conv3d(inputs, channels, kernel, bias=False), nn.BatchNorm3d(channels)
        module.add_module(f"aspp{index}", branch)
    pooled = nn.Conv3d(inputs, channels, 1, bias=False)
    module.global_avg_pool = nn.Sequential(nn.AdaptiveAvgPool3d(1), pooled, nn.BatchNorm3d(channels), nn.ReLU())
    module.conv1, module.bn1 = nn.Conv3d(5 * channels, channels, 1, bias=False), nn.BatchNorm3d(channels)
    return module


def authors_checkpoints(name: str) -> tuple[dict, dict]:
    """The segmentation network's and the agent's state dicts."""
    net = residual_network(BLOCKS[name], name == "autopath-r50")
    wide, narrow = 4 * WIDTH, WIDTH // 2
    net.conv_seg = nn.Sequential(
        aspp(net.channels, wide), nn.ConvTranspose3d(wide, narrow, 2, stride=2), nn.BatchNorm3d(narrow), nn.ReLU(),
        nn.Conv3d(narrow, narrow, 3, bias=False), nn.BatchNorm3d(narrow), nn.ReLU(), nn.Conv3d(narrow, 1, 1, bias=False),
    )  # fmt: skip
    agent = nn.Module()
    agent.features = residual_network((1, 1, 1, 1), False)
    agent.logit, agent.vnet = nn.Linear(8 * WIDTH, sum(BLOCKS[name])), nn.Linear(8 * WIDTH, 1)
    for index, module in enumerate((net, agent)):
        for key, tensor in module.state_dict().items():
            if tensor.dtype == torch.float32:
                tensor.copy_(torch.from_numpy(parity.uniform(f"{index}.{key}", tensor.numel()).reshape(tensor.shape)))
    return net.state_dict(), agent.state_dict()


def save(folder, segmentation: dict, agent: dict) -> list[str]:
    torch.save({"seg_model": segmentation, "epoch": 10}, folder / "seg.t7")
    torch.save({"agent": agent, "epoch": 10, "dice": torch.tensor(0.9)}, folder / "agent.t7")
    return ["import-autopath", str(folder / "seg.t7"), str(folder / "autopath-test"), "--agent", str(folder / "agent.t7")]


@pytest.mark.parametrize("name, parallel", [("autopath-r18", False), ("autopath-r50", True)])
def test_every_tensor_arrives_under_our_name(tmp_path, name, parallel):
    segmentation, agent = authors_checkpoints(name)
    prefixed = {f"module.{key}" if parallel else key: value for key, value in segmentation.items()}
    assert main(save(tmp_path, prefixed, agent)) == 0
    architecture = json.loads((tmp_path / "autopath-test" / "model.json").read_text())["architecture"]
    assert (architecture["name"], architecture["width"], architecture["policy"]) == (name, WIDTH, True)
    tensors = read_safetensors(tmp_path / "autopath-test" / "weights.safetensors")
    assert {key: tensor.shape for key, tensor in tensors.items()} == tensor_table(architecture)
    last = {"autopath-r18": "2", "autopath-r50": "3"}[name]
    for ours, theirs in (
        ("backbone.stem.conv.weight", segmentation["conv1.weight"]),
        ("backbone.L3.2.2.bn.running_var", segmentation["blocks.2.1.bn2.running_var"]),
        (f"backbone.L4.1.{last}.conv.weight", segmentation[f"blocks.3.0.conv{last}.weight"]),
        ("backbone.L2.1.ds.conv.weight", segmentation["ds.1.0.weight"]),
        ("backbone.L2.1.ds.bn.bias", segmentation["ds.1.1.bias"]),
        ("backbone.aspp.4.conv.weight", segmentation["conv_seg.0.aspp4.atrous_conv.weight"]),
        ("backbone.aspp.5.bn.weight", segmentation["conv_seg.0.global_avg_pool.2.weight"]),
        ("backbone.aspp.out.conv.weight", segmentation["conv_seg.0.conv1.weight"]),
        ("backbone.decoder.1.conv.bias", segmentation["conv_seg.1.bias"]),
        ("backbone.decoder.2.bn.running_mean", segmentation["conv_seg.5.running_mean"]),
        ("backbone.decoder.3.conv.weight", segmentation["conv_seg.7.weight"]),
        ("policy.stem.bn.bias", agent["features.bn1.bias"]),
        ("policy.L4.1.1.conv.weight", agent["features.blocks.3.0.conv1.weight"]),
        ("policy.keep.linear.weight", agent["logit.weight"]),
        ("policy.value.linear.bias", agent["vnet.bias"]),
    ):
        assert np.array_equal(tensors[ours], theirs.numpy()), ours


def test_a_bare_state_dict_without_policy_is_read_too(tmp_path):
    torch.save(authors_checkpoints("autopath-r18")[0], tmp_path / "seg.pth")
    assert main(["import-autopath", str(tmp_path / "seg.pth"), str(tmp_path / "autopath-test")]) == 0
    architecture = json.loads((tmp_path / "autopath-test" / "model.json").read_text())["architecture"]
    assert architecture["policy"] is False


def damage_missing(state: dict) -> None:
    del state["blocks.1.0.bn1.running_mean"]


def damage_unknown(state: dict) -> None:
    state["fc.weight"] = torch.zeros(2)


def damage_shape(state: dict) -> None:
    state["conv_seg.4.weight"] = torch.zeros(2, 2, 1, 1, 1)


def damage_block(state: dict) -> None:
    for key in [key for key in state if key.startswith("blocks.3.1.")]:
        del state[key]


@pytest.mark.parametrize(
    "damage, message",
    [
        (damage_missing, "1 missing: blocks.1.0.bn1.running_mean"),
        (damage_unknown, "1 unknown: fc.weight"),
        (damage_shape, "1 of another shape: conv_seg.4.weight (2, 2, 1, 1, 1) for (2, 2, 3, 3, 3)"),
        (damage_block, "layers of (2, 2, 2, 1) basic blocks"),
    ],
)
def test_what_does_not_match_is_named_and_nothing_is_written(tmp_path, capsys, damage, message):
    segmentation, agent = authors_checkpoints("autopath-r18")
    damage(segmentation)
    assert main(save(tmp_path, segmentation, agent)) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "autopath-test").exists()


def test_a_policy_of_the_other_backbone_is_refused(tmp_path, capsys):
    segmentation, _ = authors_checkpoints("autopath-r18")
    _, agent = authors_checkpoints("autopath-r50")
    assert main(save(tmp_path, segmentation, agent)) == 1
    assert "logit.weight (16, 32) for (8, 32)" in capsys.readouterr().err
