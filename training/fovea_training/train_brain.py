"""`train-brain`: the convolutional LSTM on synthetic heads, CT and MR: its U-Net alone, then the recurrent model.

Differences to the paper, whose 157 labelled scans are not free: images are synthesised from label maps, the loss has a
Dice term, the optimiser is AdamW, and a volume is a stack of neighbouring slices instead of a whole head.
"""

import argparse
import copy
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, IterableDataset

from fovea_training.data.head_maps import HELD_OUT, MAPS, load_head_map
from fovea_training.loop import Schedule, fit
from fovea_training.networks.clstm import ConvolutionalLSTM, State
from fovea_training.runs import Run, RunError, add_run_arguments, run_training, save_atomically, write_atomically
from fovea_training.synthesis.heads import HeadSynthesis, Mixture

UNET = Schedule(steps=3000, batch=4, learning_rate=3e-3, weight_decay=1e-4, warm_up=100, clip=5.0)
LSTM = Schedule(steps=600, batch=1, learning_rate=5e-4, weight_decay=1e-4, warm_up=20, clip=1.0)
MIXTURE = Mixture(ct=0.35, stripped=0.15)
"""MR, and MR without skull most of all, are harder than CT."""
UNET_SLICES = 4
"""Of each head, anywhere in it; `batch` heads make a step of 16 slices."""
LSTM_SLICES = 24
"""Next to each other."""
NEARLY_OPEN, OPEN = 2.0, 20.0
"""Logits of the gates where the recurrence begins, and where there is none."""
UNET_ALONE = "unet-alone"
"""The folder, within a run's, of the U-Net as a model of its own: what the recurrence is compared with."""


class Stacks(IterableDataset):
    """Batches of slices (B, 1, y, x) with targets of the same shape; batch n depends on seed and n alone."""

    def __init__(self, heads: HeadSynthesis, stage: str, schedule: Schedule, seed: int, first: int) -> None:
        self.heads, self.schedule, self.first = heads, schedule, first
        self.consecutive = stage == "lstm"
        self.slices = LSTM_SLICES if self.consecutive else UNET_SLICES
        self.seed = [seed, int(self.consecutive)]

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        for step in range(self.first, self.schedule.steps):
            yield self.batch(np.random.default_rng([*self.seed, step]))

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        stacks = [self.heads.draw(rng, self.slices, self.consecutive) for _ in range(self.schedule.batch)]
        images = np.concatenate([stack.images for stack in stacks])[:, None]
        targets = np.concatenate([stack.targets for stack in stacks])[:, None].astype(np.float32)
        return torch.from_numpy(images), torch.from_numpy(targets)


@dataclass
class UNetTask:
    """Phase 1: the U-Net alone; its logit is the candidate gate g, so that no layer changes for phase 2."""

    model: ConvolutionalLSTM
    schedule: Schedule
    device: torch.device
    name: str = "unet"
    score_name: str = "Dice"

    def __post_init__(self) -> None:
        self.network = self.model.unet.train()

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        images, targets = (values.to(self.device) for values in batch)
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = unet_logits(self.model, images.to(memory_format=torch.channels_last))
        return mask_loss(logits.float(), targets), dice(logits, targets)


@dataclass
class LSTMTask:
    """Phase 2: the recurrent model; batch norm keeps the statistics of phase 1, as with a batch of one volume."""

    model: ConvolutionalLSTM
    schedule: Schedule
    device: torch.device
    checkpointed: bool
    name: str = "lstm"
    score_name: str = "Dice"

    def __post_init__(self) -> None:
        self.network = self.model.eval()

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        volume, targets = (values.to(self.device) for values in batch)
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = volume_logits(self.model, volume.to(memory_format=torch.channels_last), self.checkpointed)
        return mask_loss(logits.float(), targets), dice(logits, targets)


def unet_logits(model: ConvolutionalLSTM, slices: Tensor) -> Tensor:
    """The U-Net's own opinion of each slice, (B, 1, y, x): its last group of channels, the candidate gate."""
    return model.unet(slices)[:, -model.hidden_channels :].mean(dim=1, keepdim=True)


def volume_logits(model: ConvolutionalLSTM, volume: Tensor, checkpointed: bool) -> Tensor:
    """(Z, 1, y, x) to logits. `checkpointed` keeps only the states of each slice and computes the rest again on the way
    back, as published; otherwise everything is kept, and the U-Net sees all slices at once. The state is fp32."""
    gates = None if checkpointed else model.unet(volume).float().split(1)

    def step(z: int, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        own = model.unet(x).float() if gates is None else gates[z]
        with torch.autocast(x.device.type, enabled=False):
            return tuple(model.lstm.step(own, State(h, c)))

    state, hidden = model.initial_state(volume.float()), []
    for z, x in enumerate(volume.split(1)):
        values = checkpoint(step, z, x, *state, use_reentrant=False) if checkpointed else step(z, x, *state)
        state = State(*values)
        hidden.append(state.h)
    with torch.autocast(volume.device.type, enabled=False):
        return model.lstm.readout(torch.cat(hidden))


@torch.no_grad()
def open_gates(model: ConvolutionalLSTM, openness: float) -> None:
    """Makes the recurrent model's masks those of the U-Net alone: nearly at 2, exactly at 20.

    The candidate gate is a quarter of the U-Net's logit, the logits of the input and output gates are `openness`, that
    of the forget gate is -`openness`, nothing comes from the slice before, and the readout multiplies by 4.
    """
    c = model.hidden_channels
    gates, hidden, readout = model.unet.gates.conv, model.lstm.hidden.conv, model.lstm.readout.conv
    gates.weight[: 3 * c] = 0
    gates.weight[3 * c :] /= 4
    gates.bias[3 * c :] /= 4
    for group, bias in ((0, openness), (1, -openness), (2, openness)):
        gates.bias[group * c : (group + 1) * c] = bias
    for parameter in (hidden.weight, hidden.bias, readout.bias):
        parameter.zero_()
    readout.weight.fill_(4.0 / c)


def mask_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy (published) plus half a soft Dice over the batch."""
    p = torch.sigmoid(logits)
    overlap = (2 * (p * targets).sum() + 1) / (p.sum() + targets.sum() + 1)
    return F.binary_cross_entropy_with_logits(logits, targets) + 0.5 * (1 - overlap)


def dice(logits: Tensor, targets: Tensor) -> float:
    found = logits > 0
    both = float(found.sum() + targets.sum())
    return 2 * float((found & (targets > 0)).sum()) / both if both else 1.0


@torch.inference_mode()
def validate(model: ConvolutionalLSTM, heads: HeadSynthesis, stacks: int, recurrent: bool) -> float:
    """The mean Dice of stacks of heads that training never saw."""
    model.eval()
    scores = []
    for number in range(stacks):
        stack = heads.draw(np.random.default_rng([77, number]), LSTM_SLICES, consecutive=True)
        volume = torch.from_numpy(stack.images[:, None])
        logits = volume_logits(model, volume, checkpointed=False) if recurrent else unet_logits(model, volume)
        if stack.targets.sum() > 500:
            scores.append(dice(logits, torch.from_numpy(stack.targets[:, None]).float()))
    return float(np.mean(scores))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument("--width", type=int, default=8, help="filters of the first level (default 8; published: 64)")
    parser.add_argument("--hidden", type=int, default=1, help="channels of the state (default 1)")
    parser.add_argument("--unet-steps", type=int, default=UNET.steps)
    parser.add_argument("--lstm-steps", type=int, default=LSTM.steps)
    parser.add_argument("--start", type=Path, help="a finished run whose model the recurrent phase goes on from")
    parser.add_argument("--checkpointed", action="store_true", help="keep only the states of each slice (less memory)")
    parser.add_argument("--validation-stacks", type=int, default=40)


def run(arguments: argparse.Namespace) -> int:
    return run_training("train-brain", train, arguments)


def train(arguments: argparse.Namespace) -> None:
    """Trains both phases; the finished model lies in OUTPUT/model.pt, the U-Net alone in OUTPUT/unet-alone."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    phases = replace(UNET, steps=arguments.unet_steps), replace(LSTM, steps=arguments.lstm_steps)
    maps = [number for number in MAPS if number not in HELD_OUT]
    configuration = {
        "maps": maps, "width": arguments.width, "hidden": arguments.hidden, "seed": arguments.seed,
        "mixture": asdict(MIXTURE), "unet": asdict(phases[0]), "lstm": asdict(phases[1]),
    }  # fmt: skip
    if arguments.start:
        configuration["start"] = read_start(arguments.start, configuration)
    record = Run(arguments.output, configuration, arguments.resume)
    heads = HeadSynthesis([load_head_map(number) for number in maps], MIXTURE)
    unseen = HeadSynthesis([load_head_map(number) for number in HELD_OUT])
    device = torch.device(arguments.device)
    model = ConvolutionalLSTM(arguments.width, arguments.hidden).to(device, memory_format=torch.channels_last)
    state = record.load()
    if arguments.start:
        model.load_state_dict(torch.load(arguments.start / "model.pt", weights_only=True))
    else:
        train_unet(UNetTask(model, phases[0], device), heads, record, state, arguments.seed)
        write_unet_alone(model, configuration, arguments.output / UNET_ALONE)
        alone = validate(model, unseen, arguments.validation_stacks, recurrent=False)
        print(f"U-Net alone on unseen heads: Dice {alone:.4f}", flush=True)
        open_gates(model, NEARLY_OPEN)
    state = state if state and state["stage"] == "lstm" else None
    train_phase(LSTMTask(model, phases[1], device, arguments.checkpointed), heads, record, state, arguments.seed)
    recurrent = validate(model, unseen, arguments.validation_stacks, recurrent=True)
    print(f"recurrent on unseen heads: Dice {recurrent:.4f}", flush=True)
    save_atomically(arguments.output / "model.pt", model.state_dict())


def read_start(folder: Path, configuration: dict) -> dict:
    """The settings of the run that is started from; raises RunError where its network or its maps are others."""
    if not (folder / "model.pt").is_file():
        raise RunError(f"{folder} holds no model.pt: it is no finished run")
    start = json.loads((folder / "run.json").read_text())
    for key in ("maps", "width", "hidden"):
        if start[key] != configuration[key]:
            raise RunError(f"{folder}: its {key} {start[key]} differ from {configuration[key]}")
    return start


def train_unet(task: UNetTask, heads: HeadSynthesis, record: Run, state, seed: int) -> None:
    """Phase 1, or what it left in OUTPUT/unet.pt if it is over."""
    finished = record.folder / "unet.pt"
    if finished.exists():
        task.model.load_state_dict(torch.load(finished, weights_only=True))
        return
    train_phase(task, heads, record, state, seed)
    save_atomically(finished, task.model.state_dict())


def write_unet_alone(model: ConvolutionalLSTM, configuration: dict, folder: Path) -> None:
    """A run of its own, for `export`: the same architecture, without recurrence."""
    alone = copy.deepcopy(model)
    open_gates(alone, OPEN)
    folder.mkdir(exist_ok=True)
    without = configuration | {"lstm": configuration["lstm"] | {"steps": 0}}
    write_atomically(folder / "run.json", json.dumps(without, indent=2) + "\n")
    save_atomically(folder / "model.pt", alone.state_dict())


def train_phase(task: UNetTask | LSTMTask, heads: HeadSynthesis, record: Run, state, seed: int) -> None:
    """Feeds one phase with batches that a second process draws."""
    batches = Stacks(heads, task.name, task.schedule, seed, state["step"] if state else 0)
    fit(task, DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=4), record, state)
