"""Every network is that of its paper: parameters, shapes, names; paths that drop blocks; the recurrence."""

import pytest
import torch

from fovea_training.naming import ARCHITECTURES, tensor_table
from fovea_training.networks import build
from fovea_training.networks.autopath import Backbone, Policy
from fovea_training.networks.clstm import ConvolutionalLSTM
from fovea_training.networks.deepmedic import DeepMedic39
from fovea_training.networks.enet import ENet3D, unpool
from fovea_training.networks.mobilenet import MobileNetV2UNet3D
from fovea_training.networks.unet import UNet
from fovea_training.networks.unet3d import UNet3D

NARROW = {
    "lowres": {"features": 4}, "autopath-r18": {"width": 4, "policy": True}, "autopath-r50": {"width": 4, "policy": True},
    "sts-unet2d": {"width": 4}, "sts-unet3d": {"width": 2}, "resized-unet2d": {"width": 4},
    "resized-unet3d": {"width": 2}, "clstm": {"width": 4, "hidden": 2}, "unet3d": {"width": 4},
    "deepmedic39": {"width": 2}, "mobilenetv2-unet3d": {"width": 8}, "enet3d": {"width": 8},
}  # fmt: skip


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    "make, published",
    [
        (lambda: UNet(2, in_channels=3), 7_763_041),
        (lambda: UNet(2), 7_762_465),
        (lambda: ConvolutionalLSTM(), 31_383_918),
        (lambda: ConvolutionalLSTM(hidden=8), 31_388_041),
        (lambda: Backbone("autopath-r18"), 44_463_104),
        (lambda: Backbone("autopath-r50"), 90_095_104),
        (lambda: Policy("autopath-r18"), 14_360_137),
        (lambda: Policy("autopath-r50"), 14_364_241),
        (lambda: UNet3D(), 19_073_634),
        (lambda: DeepMedic39(), 678_152),
        (lambda: MobileNetV2UNet3D(), 4_571_820),
        (lambda: ENet3D(), 633_638),
    ],
)
def test_parameters_are_those_of_the_published_network(make, published):
    with torch.device("meta"):
        assert count(make()) == published


@pytest.mark.parametrize("width, millions", [(8, 1.41), (16, 5.65), (32, 22.58)])
def test_parameters_of_the_3d_form_of_segment_then_segment(width, millions):
    with torch.device("meta"):
        assert round(count(UNet(3, width)) / 1e6, 2) == millions


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_tensor_names_have_the_form_of_the_package(name):
    architecture = {"name": name, "in_channels": 1, "out_channels": 1, **NARROW[name]}
    state = build(architecture).state_dict()
    ours = {key: tuple(value.shape) for key, value in state.items() if not key.endswith("num_batches_tracked")}
    assert ours == tensor_table(architecture)
    for key in ours:
        kind, part = key.split(".")[-2:]
        assert kind in ("conv", "bn", "linear", "prelu") and part in ("weight", "bias", "running_mean", "running_var")


def test_a_pair_has_the_tensors_of_its_members_under_their_roles():
    channels = {"in_channels": 1, "out_channels": 1}
    rough = {"name": "clstm", "width": 4, "hidden": 1, **channels}
    fine = {"name": "resized-unet3d", "width": 2, "input_size": 32, **channels}
    pair = {role: {"architecture": member, "preprocessing": []} for role, member in (("rough", rough), ("fine", fine))}
    table = tensor_table({"name": "sts-pair", "context": 4, **pair})
    assert len(table) == len(tensor_table(rough)) + len(tensor_table(fine))
    assert table["rough.lstm.readout.conv.weight"] == (1, 1, 1, 1)
    assert table["fine.unet.e1.1.conv.weight"] == (2, 1, 3, 3, 3)


@pytest.mark.parametrize(
    "name, shape",
    [
        ("sts-unet3d", (16, 32, 48)), ("unet3d", (16, 8, 24)), ("mobilenetv2-unet3d", (32, 64, 32)), ("enet3d", (24, 16, 32)),
        ("autopath-r18", (17, 45, 70)), ("autopath-r50", (17, 45, 70)),
    ],
)  # fmt: skip
def test_logits_have_the_size_of_the_input(name, shape):
    model = build({"name": name, "in_channels": 2, "out_channels": 3, **NARROW[name]}).eval()
    network = getattr(model, "rough", getattr(model, "backbone", model))
    with torch.no_grad():
        assert network(torch.rand(1, 2, *shape)).shape == (1, 3, *shape)


def test_deepmedic_loses_48_voxels_a_side_and_sees_beyond():
    model = DeepMedic39(2).eval()
    x = torch.rand(1, 1, 51, 54, 57)
    with torch.no_grad():
        before = model(x)
        x[:, :, :3] += 10
        assert before.shape == (1, 1, 3, 6, 9)
        assert not torch.equal(model(x)[:, :, :3], before[:, :, :3])


def test_a_dropped_block_is_its_shortcut_and_costs_nothing():
    backbone = Backbone("autopath-r50", width=4).eval()
    x = torch.rand(2, 1, 12, 40, 40)
    nothing = torch.zeros(2, 16, dtype=torch.bool)
    for block in backbone.blocks():
        block.get_submodule("1").register_forward_hook(lambda *_: pytest.fail("a dropped block was computed"))
    features = backbone.features(x, nothing)
    expected = torch.nn.functional.max_pool3d(backbone.stem(x), 3, stride=2, padding=1)
    for layer in (backbone.L1, backbone.L2, backbone.L3, backbone.L4):
        expected = layer[0].ds(expected)
    assert torch.equal(features, expected)


def test_each_image_of_a_batch_takes_its_own_path():
    backbone = Backbone("autopath-r18", width=4).eval()
    x = torch.rand(2, 1, 12, 40, 40)
    paths = torch.tensor([[True] * 8, [True, False, True, True, False, True, False, True]])
    with torch.no_grad():
        both = backbone(x, paths)
        for index in range(2):
            alone = backbone(x[index : index + 1], paths[index : index + 1])
            assert torch.allclose(both[index], alone[0], atol=1e-5)
        assert torch.allclose(backbone(x)[0], both[0], atol=1e-5)


def test_the_policy_pools_as_published_at_its_window_and_globally_elsewhere():
    policy = Policy("autopath-r18", width=4)
    maps = torch.rand(1, 32, 6, 4, 4)
    assert torch.allclose(policy.pooled(maps), maps[:, :, :4].mean(dim=(2, 3, 4)))
    assert torch.allclose(policy.pooled(maps[:, :, :5]), maps[:, :, :5].mean(dim=(2, 3, 4)))
    with torch.no_grad():
        assert policy.eval()(torch.rand(1, 1, 20, 50, 70)).shape == (1, 8)


def test_unpooling_puts_each_value_where_the_maximum_was():
    x = torch.rand(2, 3, 4, 6, 8)
    pooled, indices = torch.nn.functional.max_pool3d(x, 2, return_indices=True)
    expected = torch.nn.functional.max_unpool3d(pooled + 1, indices, 2)
    assert torch.equal(unpool(pooled + 1, indices, x.shape), expected)


def test_the_recurrence_starts_from_nothing_and_goes_one_way():
    model = ConvolutionalLSTM(4, hidden=2).eval()
    volume = torch.rand(4, 1, 16, 32)
    with torch.no_grad():
        logits = model(volume)
        assert logits.shape == (4, 1, 16, 32)
        assert torch.allclose(model(volume[:2]), logits[:2], atol=1e-6)
        volume[3] += 1
        changed = model(volume)
        assert torch.allclose(changed[:3], logits[:3], atol=1e-6) and not torch.allclose(changed[3], logits[3])
        i, f, o, g = (model.unet(volume[:1]) + model.lstm.hidden.conv.bias.view(1, -1, 1, 1)).chunk(4, dim=1)
        first = model.states(volume[:1])[0]
        assert torch.allclose(first.c, torch.sigmoid(i) * torch.tanh(g), atol=1e-6)
        assert torch.allclose(first.h, torch.sigmoid(o) * torch.tanh(first.c), atol=1e-6)


def test_an_architecture_that_nobody_knows_has_no_table():
    with pytest.raises(ValueError, match="known: lowres"):
        tensor_table({"name": "resnet"})
