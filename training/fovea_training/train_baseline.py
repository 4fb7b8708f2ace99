"""`train-baseline`: a network of LowRes's comparison with the same sampling and schedule, on the same patients.

100 epochs of 100 steps, 12 patches of 64^3 (DeepMedic: 87^3, of which it sees the inner 39^3), SGD with Nesterov
momentum 0.9 at 1e-2, a tenth of that from epoch 80 on, Dice averaged over the patches: the authors' settings. The
paper's text has batches of 12, 16, 32 and 32.
"""

import argparse
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor, nn

from fovea_training import published_sampling
from fovea_training.loop import Plan, StepSchedule
from fovea_training.losses import sample_dice_loss
from fovea_training.networks import build
from fovea_training.published_sampling import PatientSampler, prepared_patients
from fovea_training.runs import Run, run_training, save_atomically
from fovea_training.synthesis.patches import SIDE
from fovea_training.train_lowres import as_channels_last, train_stage
from fovea_training.train_lowres_published import start_as_published

SCHEDULE = StepSchedule(steps=10_000, batch=12, learning_rate=1e-2)


@dataclass(frozen=True)
class Baseline:
    """How one of the networks is trained and run."""

    width: int
    """As published."""
    side: int = SIDE
    margin: int = 0
    """Voxels at each end that the network takes in but gives no logits for."""
    tile: int = 128
    stride: int = 120
    """Of the tiles of logits on a whole volume."""
    mixed: bool = True
    """Whether bf16 is used in training. On a CPU, PyTorch 2.15 gave wrong gradients with it for convolutions of
    5 x 1 x 1 on maps of 4^3, as E-Net has."""


BASELINES = {
    "unet3d": Baseline(width=32),
    "deepmedic39": Baseline(width=10, side=87, margin=24, tile=90, stride=75),
    "mobilenetv2-unet3d": Baseline(width=32),
    "enet3d": Baseline(width=16, mixed=False),
}


@dataclass
class BaselineTask:
    """A network whose logits are compared with the target voxel by voxel."""

    network: nn.Module
    schedule: Plan
    device: torch.device
    mixed: bool = True
    """bf16 where it serves."""
    name: str = "stage1"
    """The only one."""
    score_name: str = "Dice"

    def __post_init__(self) -> None:
        self.network.train()

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        image, target, _ = (values.to(self.device) for values in batch)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed):
            logits = self.network(as_channels_last(image))
        loss = sample_dice_loss(logits.float(), target)
        return loss, 1 - float(loss.detach())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=BASELINES, help="the network")
    published_sampling.add_arguments(parser)
    parser.add_argument("--width", type=int, help="of the network (default as published)")
    parser.add_argument("--steps", type=int, default=SCHEDULE.steps)
    parser.add_argument("--batch", type=int, default=SCHEDULE.batch)
    parser.add_argument("--rate", type=float, default=SCHEDULE.learning_rate)


def run(arguments: argparse.Namespace) -> int:
    return run_training("train-baseline", train, arguments)


def train(arguments: argparse.Namespace) -> None:
    """Trains the network; the finished model lies in OUTPUT/model.pt."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    cases, baseline = prepared_patients(arguments.prepared, arguments.subsets), BASELINES[arguments.name]
    schedule = replace(SCHEDULE, steps=arguments.steps, batch=arguments.batch, learning_rate=arguments.rate)
    width = arguments.width or baseline.width
    configuration = {
        **published_sampling.describe(cases, arguments), "architecture": arguments.name, "width": width,
        "schedule": asdict(schedule),
    }  # fmt: skip
    record = Run(arguments.output, configuration, arguments.resume)
    device = torch.device(arguments.device)
    network = build({"name": arguments.name, "width": width, "in_channels": 1, "out_channels": 1})
    network.to(device, memory_format=torch.channels_last_3d)
    start_as_published(network)
    samplers = [PatientSampler(case, baseline.side, baseline.margin) for case in cases]
    task = BaselineTask(network, schedule, device, baseline.mixed)
    train_stage(task, samplers, record, record.load(), arguments.seed)
    save_atomically(arguments.output / "model.pt", network.state_dict())
