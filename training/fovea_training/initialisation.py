"""What makes the second stage easy to train: a first stage whose maps have unit deviation, channel by channel."""

import torch
from torch import Tensor, nn

from fovea_training.networks.lowres import Stage1

# Each map is a residual sum. The convolutions that add to it, and the batch norms that read it:
CHAINS = {
    "f2": (("b", "F2.2"), ("F2.1", "c")),
    "f4": (("c", "d.2", "F4.2"), ("d.1", "F4.1", "e")),
    "f8": (("e", "f.2", "g.2", "F8.2"), ("f.1", "g.1", "F8.1", "Y8.1")),
}


@torch.no_grad()
def normalise_maps(stage1: Stage1, image: Tensor) -> None:
    """Rescales a trained first stage so that F2, F4 and F8 have unit deviation per channel on a sample (B, 1, x, y, z).

    Its proposals stay what they are: what is divided out of a residual sum is divided out of the statistics of the
    batch norms that read it. The second stage takes the maps as they are, without norms: in one trained first stage
    their deviations were 1.7, 7.5 and 11.7 and single values reached 156, beside an image between 0 and 1.
    """
    maps = stage1.eval()(image)
    for name, (writers, readers) in CHAINS.items():
        deviation = getattr(maps, name).float().std(dim=(0, 2, 3, 4)).clamp_min(1e-3)
        for path in writers:
            divide_output(stage1.get_submodule(path).get_submodule("conv"), deviation)
        for path in readers:
            norm = stage1.get_submodule(path).get_submodule("bn")
            norm.running_mean /= deviation
            norm.running_var.copy_((norm.running_var + norm.eps) / deviation**2 - norm.eps)


def divide_output(convolution: nn.Module, divisor: Tensor) -> None:
    """Divides each output channel."""
    convolution.weight /= divisor.view(-1, 1, 1, 1, 1)
    if convolution.bias is not None:
        convolution.bias /= divisor
