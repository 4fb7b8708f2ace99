"""The multiply-accumulates of each network, which depend on strides and paddings that no parameter count shows."""

import pytest
import torch
from torch import nn

from fovea_training.networks.autopath import Backbone, Policy
from fovea_training.networks.clstm import ConvolutionalLSTM
from fovea_training.networks.deepmedic import DeepMedic39
from fovea_training.networks.enet import ENet3D
from fovea_training.networks.lowres import Stage1
from fovea_training.networks.mobilenet import MobileNetV2UNet3D
from fovea_training.networks.unet import UNet
from fovea_training.networks.unet3d import UNet3D

CONVOLUTIONS = (nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.ConvTranspose3d)


def gmac(network: nn.Module, shape: tuple[int, ...]) -> float:
    """Of all convolutions, in 10^9: places (of the output; of the input where transposed) x weights."""
    total = 0

    def count(module: nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
        nonlocal total
        places = inputs[0] if isinstance(module, (nn.ConvTranspose2d, nn.ConvTranspose3d)) else output
        total += places[:, 0].numel() * module.weight.numel()

    for module in network.modules():
        if isinstance(module, CONVOLUTIONS):
            module.register_forward_hook(count)
    with torch.no_grad():
        network.eval()(torch.empty(1, 1, *shape, device="meta"))
    return total / 1e9


@pytest.mark.parametrize(
    "make, shape, published",
    [
        (lambda: Stage1(), (432, 312, 216), 162.4),
        (lambda: UNet(2), (128, 128), 3.008),
        (lambda: UNet(3, 16), (96, 96, 96), 50.4),
        (lambda: ConvolutionalLSTM().unet, (512, 512), 222.4),
        (lambda: Backbone("autopath-r18"), (48, 256, 256), 96.5),
        (lambda: Backbone("autopath-r50"), (48, 256, 256), 162.3),
        (lambda: Policy("autopath-r18"), (48, 256, 256), 5.53),
        (lambda: UNet3D(), (64, 64, 64), 244.2),
        (lambda: DeepMedic39(), (138, 138, 138), 320.2),
        (lambda: MobileNetV2UNet3D(), (96, 96, 96), 5.16),
        (lambda: ENet3D(), (96, 96, 96), 2.00),
    ],
)
def test_cost_is_that_of_the_table(make, shape, published):
    with torch.device("meta"):
        assert gmac(make(), shape) == pytest.approx(published, rel=5e-3)
