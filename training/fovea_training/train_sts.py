"""`train-sts`: Segment-then-Segment, the rough network on whole images and the fine one on crops around the truth.

In 2-D everything is as published: pictures or axial slices with masks, the published augmentation and jitter, Dice over the
batch, Adam, the weights with the best validation Dice. In 3-D, our form, a few real CT scans are deformed and their contrast
medium changed, without end; Dice is taken for each sample, so that wide vessels do not outweigh narrow ones, and cross-entropy
added; the learning rate falls to zero, and the weights are a moving average.
"""

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import ConcatDataset, DataLoader, IterableDataset, Subset

from fovea_training.data.aortas import TargetScan, read_aorta_scan
from fovea_training.data.labelled_images import PICTURES, AxialSlices, PictureFolder, split
from fovea_training.data.pairs import entries, find_pairs, read_pair
from fovea_training.loop import Best, Plan, Schedule, fit
from fovea_training.losses import batch_dice_loss
from fovea_training.networks.unet import SegmentThenSegment
from fovea_training.runs import Run, RunError, add_run_arguments, run_training, save_atomically
from fovea_training.synthesis.crops import ImageSamples
from fovea_training.synthesis.deformed_scans import ScanSamples, ScanVolume

ROLES = ("rough", "fine")
SCAN_SHARES = {"torso": 0.25, "mr-slab": 0.2, "angiography": 0.15, "chest": 0.2, "stack": 0.2, "slab": 0.2}
"""How often each scan is drawn, next to the others that a run has."""
PUBLISHED = {"cells": (16, 5e-4, 100), "polyp": (8, 1e-3, 175), "aorta": (8, 1e-3, 100)}
"""Batch, learning rate and epochs of the rough network; the fine one has half the epochs."""
SPLIT_SHARES = {"pictures": (0.8, 0.1, 0.1), "volumes": (0.7, 0.2, 0.1)}
"""Training, validation, test."""


@dataclass(frozen=True)
class PublishedSchedule:
    """Adam at a constant rate."""

    average_decay: ClassVar[float] = 0.0
    clip: ClassVar[float] = math.inf
    steps: int
    batch: int
    learning_rate: float

    def rate(self, step: int) -> float:
        return self.learning_rate

    def optimiser(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.Adam(parameters, self.learning_rate)


class Samples(Protocol):
    """Where batches come from."""

    def draw(self, number: int, role: str, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Sample `number` of a run: image (channel, *size) and target (1, *size)."""


class Batches(IterableDataset):
    """Images and targets; batch n depends on seed, role and n alone."""

    def __init__(self, samples: Samples, role: str, schedule: Plan, seed: int, first: int) -> None:
        self.samples, self.role, self.schedule, self.seed, self.first = samples, role, schedule, seed, first

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        for step in range(self.first, self.schedule.steps):
            rng = np.random.default_rng([self.seed, ROLES.index(self.role), step])
            numbers = range(step * self.schedule.batch, (step + 1) * self.schedule.batch)
            drawn = [self.samples.draw(number, self.role, rng) for number in numbers]
            yield tuple(torch.from_numpy(np.stack(arrays)) for arrays in zip(*drawn, strict=True))


@dataclass
class UNetTask:
    """One of the two networks."""

    network: nn.Module
    schedule: Plan
    device: torch.device
    name: str
    criterion: Callable[[Tensor, Tensor], Tensor]
    score_name: str = "Dice"

    def __post_init__(self) -> None:
        self.network.train()

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        images, targets = (values.to(self.device) for values in batch)
        layout = torch.channels_last if images.dim() == 4 else torch.channels_last_3d
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = self.network(images.to(memory_format=layout)).float()
        return self.criterion(logits, targets), dice(logits > 0, targets > 0)


def sample_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Of the 3-D form: the mean of the samples' Dice losses, and cross-entropy."""
    losses = [batch_dice_loss(*sample) for sample in zip(logits, targets, strict=True)]
    return torch.stack(losses).mean() + F.binary_cross_entropy_with_logits(logits, targets)


CRITERIA = {2: batch_dice_loss, 3: sample_loss}


def dice(found: Tensor, truth: Tensor) -> float:
    """1 where both are empty."""
    both = float(found.sum() + truth.sum())
    return 2 * float((found & truth).sum()) / both if both else 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.set_defaults(seed=2022)
    parser.add_argument("--dims", type=int, choices=(2, 3), default=3)
    parser.add_argument("--input-size", type=int, required=True, help="pixels per side that both networks see; a multiple of 16")
    parser.add_argument("--width", type=int, default=8, help="filters of the first level (published: 32)")
    parser.add_argument("--start", type=Path, help="folder of a finished run of the same width, at any input size, to start from")
    parser.add_argument("--scans", nargs="+", help="3-D: scans of the project's test data with an aorta: torso, mr-slab, angiography, chest, stack, slab")
    parser.add_argument("--images", type=Path, help="instead of --scans: folder of pictures (2-D only) or CT volumes")
    parser.add_argument("--masks", type=Path, help="folder of their masks, with the same names")
    parser.add_argument("--recipe", choices=PUBLISHED, default="aorta", help="2-D: the published batch, rate and epochs (default aorta)")
    parser.add_argument("--epochs", type=int, help="2-D: of the rough network (default: as published); the fine one has half")
    parser.add_argument("--rough-steps", type=int, default=600, help="3-D (default 600)")
    parser.add_argument("--fine-steps", type=int, default=600, help="3-D (default 600)")
    parser.add_argument("--batch", type=int, default=8, help="3-D (default 8)")
    parser.add_argument("--learning-rate", type=float, default=3e-3, help="3-D (default 0.003)")


def run(arguments: argparse.Namespace) -> int:
    return run_training("train-sts", train, arguments)


def train(arguments: argparse.Namespace) -> None:
    """Trains both networks; the finished model lies in OUTPUT/model.pt, each network alone in OUTPUT/ROLE.pt."""
    if arguments.input_size % 16:
        raise RunError(f"--input-size {arguments.input_size}: give a multiple of 16")
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    plan = make_plan(arguments)
    record = Run(arguments.output, plan.configuration, arguments.resume)
    device = torch.device(arguments.device)
    layout = torch.channels_last if arguments.dims == 2 else torch.channels_last_3d
    model = SegmentThenSegment(arguments.dims, arguments.width, plan.channels).to(device, memory_format=layout)
    if arguments.start:
        model.load_state_dict(torch.load(arguments.start / "model.pt", weights_only=True, map_location=device))
    for role in ROLES:
        train_network(getattr(model, role), role, plan, record, device)
    save_atomically(arguments.output / "model.pt", model.state_dict())


@dataclass(frozen=True)
class TrainingPlan:
    """What both networks are trained on, and for how long."""

    configuration: dict[str, Any]
    schedules: dict[str, Plan]
    samples: Samples
    channels: int = 1
    validation: ImageSamples | None = None
    """2-D: what chooses the weights that are kept."""


def train_network(network: nn.Module, role: str, plan: TrainingPlan, record: Run, device: torch.device) -> None:
    """One role, from where the run was interrupted."""
    finished, state = record.folder / f"{role}.pt", record.load()
    if finished.exists():
        network.load_state_dict(torch.load(finished, weights_only=True))
        return
    state = state if state and state["stage"] == role else None
    schedule, seed = plan.schedules[role], plan.configuration["seed"]
    best = None
    if plan.validation:
        validation = plan.validation
        best = Best(network, plan.samples.steps_per_epoch, lambda: validate(network, validation, role, device))
    batches = Batches(plan.samples, role, schedule, seed, state["step"] if state else 0)
    loader = DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=4)
    fit(UNetTask(network, schedule, device, role, CRITERIA[plan.configuration["dims"]]), loader, record, state, best)
    save_atomically(finished, network.state_dict())


@torch.inference_mode()
def validate(network: nn.Module, samples: ImageSamples, role: str, device: torch.device) -> float:
    """Mean Dice at the input's resolution, without augmentation or jitter."""
    network.eval()
    scores = []
    for image, mask in samples.plain(role):
        logits = network(torch.from_numpy(image)[None].to(device))
        scores.append(dice(logits.cpu() > 0, torch.from_numpy(mask)[None] > 0))
    return float(np.mean(scores))


def make_plan(arguments: argparse.Namespace) -> TrainingPlan:
    if bool(arguments.scans) == bool(arguments.images):
        raise RunError("give either --scans, or --images with --masks")
    if arguments.images and not arguments.masks:
        raise RunError("--images needs --masks")
    return plan_2d(arguments) if arguments.dims == 2 else plan_3d(arguments)


def plan_3d(arguments: argparse.Namespace) -> TrainingPlan:
    steps = {"rough": arguments.rough_steps, "fine": arguments.fine_steps}
    schedules = {
        role: Schedule(steps[role], arguments.batch, arguments.learning_rate, weight_decay=0.0, warm_up=30, clip=5.0)
        for role in ROLES
    }
    scans = [read_aorta_scan(name) for name in arguments.scans] if arguments.scans else read_scans(arguments)
    shares = np.array([SCAN_SHARES.get(scan.name, 1.0) for scan in scans])
    samples = ScanSamples([ScanVolume.of(scan) for scan in scans], list(shares / shares.sum()), arguments.input_size)
    configuration = describe(arguments, schedules) | {"scans": [scan.name for scan in scans]}
    return TrainingPlan(configuration, schedules, samples)


def describe(arguments: argparse.Namespace, schedules: dict[str, Plan]) -> dict[str, Any]:
    """For run.json."""
    return {
        "dims": arguments.dims, "input_size": arguments.input_size, "width": arguments.width, "seed": arguments.seed,
        "images": str(arguments.images) if arguments.images else None,
        "start": arguments.start.name if arguments.start else None,
        **{role: asdict(schedule) for role, schedule in schedules.items()},
    }  # fmt: skip


def read_scans(arguments: argparse.Namespace) -> list[TargetScan]:
    """CT volumes of one's own; nothing is known of their contrast medium, which stays as it is."""
    scans = []
    for pair in find_pairs(arguments.images, arguments.masks):
        scan = read_pair(pair)
        hu, mask = np.ascontiguousarray(scan.intensities.T), np.ascontiguousarray(scan.labels.T > 0)
        tissues = np.zeros(mask.shape, np.uint8)
        scans.append(TargetScan(pair.name, hu, mask, tissues, scan.spacing_mm[::-1]))
    return scans


def plan_2d(arguments: argparse.Namespace) -> TrainingPlan:
    """The published recipe; the numbers of the images that are kept for validation and test go into run.json."""
    if not arguments.images:
        raise RunError("--dims 2 needs --images and --masks")
    batch, rate, epochs = PUBLISHED[arguments.recipe]
    epochs = arguments.epochs or epochs
    parts = divide(arguments)
    training = ImageSamples(parts["training"], arguments.input_size, batch, arguments.seed)
    if training.steps_per_epoch == 0:
        raise RunError(f"{len(parts['training'])} images for training are fewer than a batch of {batch}")
    schedules = {
        role: PublishedSchedule(count * training.steps_per_epoch, batch, rate)
        for role, count in zip(ROLES, (epochs, max(1, epochs // 2)), strict=True)
    }
    validation = ImageSamples(parts["validation"], arguments.input_size, batch, arguments.seed)
    channels = training.images[0].image.shape[0]
    configuration = describe(arguments, schedules) | {"test": parts["test"], "channels": channels}
    return TrainingPlan(configuration, schedules, training, channels, validation)


def divide(arguments: argparse.Namespace) -> dict[str, Any]:
    """Training and validation images, and the numbers (in the order of names) of those kept for the test."""
    rng = np.random.default_rng(arguments.seed)
    if any(path.suffix.lower() in PICTURES for path in entries(arguments.images)):
        pictures = PictureFolder.find(arguments.images, arguments.masks)
        training, validation, test = split(len(pictures), SPLIT_SHARES["pictures"], rng)
        return {"training": Subset(pictures, training), "validation": Subset(pictures, validation), "test": test}
    patients = AxialSlices.read(arguments.images, arguments.masks)
    training, validation, test = split(len(patients), SPLIT_SHARES["volumes"], rng)
    joined = {name: ConcatDataset([patients[n] for n in part]) for name, part in (("training", training), ("validation", validation))}
    return joined | {"test": test}
