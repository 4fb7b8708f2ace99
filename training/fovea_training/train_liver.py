"""`train-liver`: the fine network of the liver's pair, a small 3-D U-Net on crops of synthetic torsos around the
liver."""

import argparse
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader

from fovea_training.loop import Schedule, fit
from fovea_training.losses import batch_dice_loss
from fovea_training.networks.unet import ResizedUNet
from fovea_training.runs import Run, add_run_arguments, run_training, save_atomically
from fovea_training.synthesis.torsos import TorsoSynthesis
from fovea_training.train_autopath import add_map_argument, forward
from fovea_training.train_sts import Batches, dice

FINE = Schedule(steps=700, batch=2, learning_rate=3e-3, weight_decay=1e-4, warm_up=40, clip=5.0)
VALIDATION_CROPS = 16


@dataclass(frozen=True)
class LiverCrops:
    """The samples of `train_sts.Batches`; `number` plays no part, there being no end of samples."""

    synthesis: TorsoSynthesis
    side: int

    def draw(self, number: int, role: str, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        image, target = self.synthesis.crop(rng, self.side)
        return image[None], target[None]


@dataclass
class FineTask:
    """Cross-entropy and Dice over the batch."""

    network: ResizedUNet
    schedule: Schedule
    device: torch.device
    name: str = "fine"
    score_name: str = "Dice"

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        images, targets = (values.to(self.device) for values in batch)
        logits = forward(self.network.train(), images)
        loss = F.binary_cross_entropy_with_logits(logits, targets) + batch_dice_loss(logits, targets)
        return loss, dice(logits > 0, targets > 0)


@torch.inference_mode()
def validate(network: ResizedUNet, synthesis: TorsoSynthesis, side: int) -> float:
    """Dice over crops of other seeds than training's."""
    network.eval()
    found, truth = [], []
    for number in range(VALIDATION_CROPS):
        image, target = synthesis.crop(np.random.default_rng([77, number]), side)
        found.append(forward(network, torch.from_numpy(image)[None, None]) > 0)
        truth.append(torch.from_numpy(target)[None, None] > 0)
    return dice(torch.cat(found), torch.cat(truth))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    add_map_argument(parser)
    parser.add_argument("--start", type=Path, help="folder of a finished run of the same width to start from")
    parser.add_argument("--width", type=int, default=8, help="channels at full resolution (default 8; published: 32)")
    parser.add_argument("--input-size", type=int, default=64, help="side of the cube that crops are resized to")
    parser.add_argument("--steps", type=int, default=FINE.steps)


def run(arguments: argparse.Namespace) -> int:
    return run_training("train-liver", train, arguments)


def train(arguments: argparse.Namespace) -> None:
    """Trains the network; it lies in OUTPUT/model.pt."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    schedule = replace(FINE, steps=arguments.steps)
    configuration = {
        "maps": arguments.maps, "width": arguments.width, "input_size": arguments.input_size, "seed": arguments.seed,
        "start": arguments.start.name if arguments.start else None, "fine": asdict(schedule),
    }  # fmt: skip
    record = Run(arguments.output, configuration, arguments.resume)
    synthesis = TorsoSynthesis.load(arguments.maps)
    device = torch.device(arguments.device)
    network = ResizedUNet(3, arguments.width).to(device, memory_format=torch.channels_last_3d)
    if arguments.start:
        network.load_state_dict(torch.load(arguments.start / "model.pt", weights_only=True, map_location=device))
    state = record.load()
    samples = LiverCrops(synthesis, arguments.input_size)
    batches = Batches(samples, "fine", schedule, arguments.seed, state["step"] if state else 0)
    task = FineTask(network, schedule, device)
    fit(task, DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=4), record, state)
    save_atomically(arguments.output / "model.pt", network.state_dict())
    print(f"on crops of other seeds: Dice {validate(network.cpu(), synthesis, arguments.input_size):.4f}")
