"""The published networks, with the node names of the model-package format as module names."""

from fovea_training.networks.lowres import LowRes, Stage1, Stage1Maps, Stage2

__all__ = ["LowRes", "Stage1", "Stage1Maps", "Stage2"]
