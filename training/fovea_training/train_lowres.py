"""`train-lowres`: both stages of LowRes from random weights to a checkpoint, on nodules implanted into chest CT or on
metastases implanted into T1 images of heads."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from fovea_training.data.chests import load_chest
from fovea_training.data.hosts import make_variants
from fovea_training.inference import Box, propose_boxes, refine, to_cells
from fovea_training.initialisation import normalise_maps
from fovea_training.loop import Plan, Schedule, Task, fit
from fovea_training.losses import adaptive_cross_entropy, box_loss
from fovea_training.networks.lowres import STRIDE, LowRes
from fovea_training.runs import Run, RunError, read_settings, run_training, save_atomically
from fovea_training.synthesis.head_patches import head_samplers
from fovea_training.synthesis.patches import HostSampler, Patch, PatchSampler

STAGE1 = Schedule(steps=450, batch=12, learning_rate=3e-3, clip=5.0)
STAGE2 = Schedule(steps=700, batch=4, learning_rate=1.5e-3, clip=1.0)
IMPLANT_PROBABILITY = {"stage1": 0.75, "stage2": 0.85}
BOXES_WITH_LESION = 3
BOXES_WITHOUT = 2
"""Boxes of each kind that stage 2 learns from, per patch."""
STAGE1_FILE = "stage1.pt"
LARGEST_BOX = 4
"""Cells per axis that stage 2 learns from at once: a larger box is cut to a window of this size, for speed."""


class PatchBatches(IterableDataset):
    """Batches of patches: images, targets, weights, each (B, 1, 64, 64, 64). Batch n depends on seed and n alone."""

    def __init__(self, samplers: list[PatchSampler], stage: str, schedule: Plan, seed: int, first: int) -> None:
        self.samplers, self.stage, self.schedule, self.seed, self.first = samplers, stage, schedule, seed, first
        shares = np.array([sampler.share for sampler in samplers])
        self.shares = shares / shares.sum()

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        for step in range(self.first, self.schedule.steps):
            rng = np.random.default_rng([self.seed, int(self.stage[-1]), step])
            patches = [self.draw(rng) for _ in range(self.schedule.batch)]
            yield tuple(torch.from_numpy(np.stack(arrays)[:, None]) for arrays in zip(*patches, strict=True))

    def draw(self, rng: np.random.Generator) -> Patch:
        sampler = self.samplers[rng.choice(len(self.samplers), p=self.shares)]
        return sampler.draw(rng, IMPLANT_PROBABILITY[self.stage])


@dataclass
class Stage1Task:
    """Proposals: the published adaptive cross-entropy on the maxima of 8^3 cells."""

    model: LowRes
    schedule: Plan
    device: torch.device
    name: str = "stage1"
    score_name: str = "lesions hit"

    def __post_init__(self) -> None:
        self.network = self.model.stage1.train()

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        image, target, weight = (values.to(self.device) for values in batch)
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = self.network(as_channels_last(image)).y8
        target8, weight8 = to_cells(target), 1 - to_cells(1 - weight)
        logits = logits.float()
        hits = (logits > 0)[target8 > 0].float().mean()
        return adaptive_cross_entropy(logits, target8, weight8), float(hits)


@dataclass
class Stage2Task:
    """Segmentation of proposed boxes; stage 1 is frozen in inference mode.

    The authors leave stage 1 in training mode here, so that its batch-norm statistics keep moving under frozen
    weights; that is not repeated.
    """

    model: LowRes
    schedule: Plan
    device: torch.device
    seed: int
    name: str = "stage2"
    score_name: str = "lesions hit"

    def __post_init__(self) -> None:
        self.network = self.model.stage2.train()
        self.model.stage1.eval().requires_grad_(False)
        self.rng = np.random.default_rng([self.seed, 20])

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        image, target, weight = (values.to(self.device) for values in batch)
        image = as_channels_last(image)
        with torch.autocast(self.device.type, torch.bfloat16):
            with torch.no_grad():
                maps = self.model.stage1(image)
            losses, hits = [], []
            for index in range(len(image)):
                one = slice(index, index + 1)
                own = type(maps)(*(values[one] for values in maps))
                for box in self.choose_boxes(own.y8, target[one]):
                    logits = refine(self.model, image[one], own, box).float()
                    voxels = box.slices(STRIDE)
                    truth = target[one][voxels]
                    losses.append(box_loss(logits, truth, weight[one][voxels]))
                    if bool((truth > 0).any()):
                        hits.append(float(((logits > 0) & (truth > 0)).any()))
        if not losses:
            return None, float("nan")
        return torch.stack(losses).sum() / self.schedule.batch, float(np.mean(hits)) if hits else float("nan")

    def choose_boxes(self, y8: Tensor, target: Tensor) -> list[Box]:
        """Some proposed boxes of one patch, with and without a lesion."""
        boxes = [self.cut_box(box) for box in propose_boxes(y8[0, 0].float().cpu().numpy() > 0)]
        self.rng.shuffle(boxes)
        full = [box for box in boxes if bool((target[box.slices(STRIDE)] > 0).any())]
        empty = [box for box in boxes if box not in full]
        return full[:BOXES_WITH_LESION] + empty[:BOXES_WITHOUT]

    def cut_box(self, box: Box) -> Box:
        """A random window of at most `LARGEST_BOX` cells per axis."""
        low = [int(self.rng.integers(a, max(a, b - LARGEST_BOX) + 1)) for a, b in zip(box.low, box.high, strict=True)]
        high = [min(a + LARGEST_BOX, b) for a, b in zip(low, box.high, strict=True)]
        return Box((low[0], low[1], low[2]), (high[0], high[1], high[2]))


def as_channels_last(image: Tensor) -> Tensor:
    """The memory layout in which bf16 convolutions are fastest."""
    return image.to(memory_format=torch.channels_last_3d)


def prepare_chests(arguments: argparse.Namespace) -> list[PatchSampler]:
    """Every chest at its own and at random spacings."""
    rng = np.random.default_rng([arguments.seed, 0])
    samplers: list[PatchSampler] = []
    for name in arguments.hosts:
        print(f"reading {name}", flush=True)
        samplers += [HostSampler.of(host, rng) for host in make_variants(load_chest(name), arguments.variants, rng)]
    return samplers


def prepare_heads(arguments: argparse.Namespace) -> list[PatchSampler]:
    """Synthetic heads with contrast, real ones, or both."""
    samplers: list[PatchSampler] = []
    for name in arguments.hosts:
        print(f"reading {name}", flush=True)
        samplers += head_samplers(name, arguments.seed)
    return samplers


LESIONS = {"nodules": prepare_chests, "metastases": prepare_heads}
"""What is implanted, and what into."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output", type=Path, help="folder of the run")
    parser.add_argument("--lesions", choices=LESIONS, default="nodules", help="what is implanted (default nodules)")
    parser.add_argument(
        "--hosts", nargs="+", required=True,
        help="nodules: chests to implant into: cmb, fcp, or folders of DICOM series; metastases: synthetic, voxelmorph",
    )
    parser.add_argument("--variants", type=int, default=8, help="spacings per chest, its own included (default 8)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="folder of a finished run whose weights both stages begin with")
    parser.add_argument("--stage1-steps", type=int, default=STAGE1.steps, help="0, with --start: stage 1 stays as it is")
    parser.add_argument("--stage2-steps", type=int, default=STAGE2.steps)
    parser.add_argument("--stage2-rate", type=float, default=STAGE2.learning_rate, help="learning rate of stage 2")
    parser.add_argument("--features", type=int, default=16, help="width of the networks (default 16, as published)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="default: one per usable core")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")


def run(arguments: argparse.Namespace) -> int:
    return run_training("train-lowres", train, arguments)


def train(arguments: argparse.Namespace) -> None:
    """Trains both stages; the finished model lies in OUTPUT/model.pt."""
    if arguments.stage1_steps == 0 and not arguments.start:
        raise RunError("--stage1-steps 0 keeps the stage 1 of an earlier run: name that with --start")
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    stage1 = replace(STAGE1, steps=arguments.stage1_steps)
    stage2 = replace(STAGE2, steps=arguments.stage2_steps, learning_rate=arguments.stage2_rate)
    configuration = {
        "lesions": arguments.lesions, "hosts": arguments.hosts, "variants": arguments.variants, "seed": arguments.seed,
        "features": arguments.features, "stage1": asdict(stage1), "stage2": asdict(stage2),
    }  # fmt: skip
    if arguments.start:
        configuration["start"] = read_settings(arguments.start)
    record = Run(arguments.output, configuration, arguments.resume)
    samplers = LESIONS[arguments.lesions](arguments)
    device = torch.device(arguments.device)
    model = LowRes(arguments.features).to(device, memory_format=torch.channels_last_3d)
    if arguments.start:
        model.load_state_dict(torch.load(arguments.start / "model.pt", weights_only=True, map_location=device))
        if stage1.steps == 0:
            save_atomically(record.folder / STAGE1_FILE, model.stage1.state_dict())

    def normalise() -> None:
        sample = next(iter(PatchBatches(samplers, "stage1", stage1, arguments.seed, 0)))[0]
        normalise_maps(model.stage1, as_channels_last(sample.to(device)))

    first = Stage1Task(model, stage1, device)
    train_stages(model, first, lambda: Stage2Task(model, stage2, device, arguments.seed), samplers, record, normalise)


def train_stages(
    model: LowRes, first: Task, make_second: Callable[[], Task], samplers: list[PatchSampler], record: Run,
    between: Callable[[], None] = lambda: None,
) -> None:  # fmt: skip
    """Stage 1, `between`, then stage 2; goes on where the run was interrupted. Leaves stage1.pt and model.pt."""
    seed, state, finished = record.configuration["seed"], record.load(), record.folder / STAGE1_FILE
    if finished.exists():
        model.stage1.load_state_dict(torch.load(finished, weights_only=True))
    else:
        train_stage(first, samplers, record, state, seed)
        between()
        save_atomically(finished, model.stage1.state_dict())
    second = make_second()
    train_stage(second, samplers, record, state if state and state["stage"] == second.name else None, seed)
    save_atomically(record.folder / "model.pt", model.state_dict())


def train_stage(task: Task, samplers: list[PatchSampler], record: Run, state, seed: int) -> None:
    """Feeds one stage with batches that a second process draws."""
    first = state["step"] if state else 0
    batches = PatchBatches(samplers, task.name, task.schedule, seed, first)
    fit(task, DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=4), record, state)
