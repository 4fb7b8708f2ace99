"""The published networks, with the node names of the model-package format as module names."""

from typing import Any

from torch import nn

from fovea_training.networks.autopath import BLOCKS, AutoPath
from fovea_training.networks.clstm import ConvolutionalLSTM
from fovea_training.networks.deepmedic import DeepMedic39
from fovea_training.networks.enet import ENet3D
from fovea_training.networks.lowres import LowRes, Stage1, Stage1Maps, Stage2
from fovea_training.networks.mobilenet import MobileNetV2UNet3D
from fovea_training.networks.unet import ResizedUNet, SegmentThenSegment
from fovea_training.networks.unet3d import UNet3D

__all__ = [
    "AutoPath", "ConvolutionalLSTM", "DeepMedic39", "ENet3D", "LowRes", "MobileNetV2UNet3D", "ResizedUNet",
    "SegmentThenSegment", "Stage1", "Stage1Maps", "Stage2", "UNet3D", "build",
]  # fmt: skip

Architecture = dict[str, Any]
"""The `architecture` object of model.json: name, in_channels, out_channels and the network's own hyper-parameters."""

SEGMENT_THEN_SEGMENT = {"sts-unet2d": 2, "sts-unet3d": 3}
RESIZED = {"resized-unet2d": 2, "resized-unet3d": 3}
BASELINES = {"unet3d": UNet3D, "deepmedic39": DeepMedic39, "mobilenetv2-unet3d": MobileNetV2UNet3D, "enet3d": ENet3D}
"""These have one hyper-parameter, `width`; 32, 10, 32 and 16 as published."""


def build(architecture: Architecture) -> nn.Module:
    """The network with fresh weights. Raises KeyError for an unknown name or a missing hyper-parameter."""
    name = architecture["name"]
    if name == "lowres":
        return LowRes(architecture["features"])
    width, inputs, outputs = (architecture[key] for key in ("width", "in_channels", "out_channels"))
    if name in SEGMENT_THEN_SEGMENT:
        return SegmentThenSegment(SEGMENT_THEN_SEGMENT[name], width, inputs, outputs)
    if name in RESIZED:
        return ResizedUNet(RESIZED[name], width, inputs, outputs)
    if name in BLOCKS:
        return AutoPath(name, width, inputs, outputs, architecture["policy"])
    if name == "clstm":
        return ConvolutionalLSTM(width, architecture["hidden"], inputs, outputs)
    return BASELINES[name](width, inputs, outputs)
