"""`train-autopath`: the segmentation network, then the policy network that drops its residual blocks image by image.

Windows come from synthetic CT of the torso, or from LiTS as `prepare lits` wrote it. Differences to the paper:
cross-entropy beside the published Dice loss, AdamW with a cosine and a weight average, batch norm that keeps its
statistics in the last part, and blocks dropped at random while the segmentation network learns (`--drop-rate`), so that
it can do without some later on.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset

from fovea_training import policy_gradient
from fovea_training.data import torsos
from fovea_training.data.lits import LITS_ALONE, draw_window
from fovea_training.data.prepared import list_cases
from fovea_training.loop import Schedule, fit
from fovea_training.losses import batch_dice_loss
from fovea_training.networks.autopath import BLOCKS, AutoPath
from fovea_training.runs import Run, RunError, add_run_arguments, run_training, save_atomically
from fovea_training.synthesis.torsos import SHARES, TorsoSynthesis
from fovea_training.train_sts import dice

SEGMENTATION = Schedule(steps=600, batch=4, learning_rate=4e-3, weight_decay=1e-4, warm_up=40, clip=5.0)
POLICY = Schedule(steps=400, batch=2, learning_rate=1e-3, weight_decay=0.0, warm_up=10, clip=5.0)
FROZEN_FROM = 0.7
"""Share of the schedule after which batch norm keeps its statistics: those of a few windows are poor, and the norm
behind the global average sees one value per window."""
CURRICULUM_SHARE = 0.5
"""Of the policy's schedule, in which the blocks are opened one after the other."""
VALIDATION_WINDOWS = 24
STAGES = ("segmentation", "policy")

Sample = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Image and target (z, y, x); the target's plane may be larger, as published."""
Draw = Callable[[np.random.Generator], Sample]


class Windows(IterableDataset):
    """Batches: images and targets (B, 1, z, y, x), chances (B, blocks), and the step; batch n depends on seed and n
    alone."""

    def __init__(
        self, draw: Draw, stage: str, schedule: Schedule, blocks: int, seed: int, first: int
    ) -> None:
        self.draw, self.schedule, self.blocks, self.first = draw, schedule, blocks, first
        self.seed = [seed, STAGES.index(stage)]

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        for step in range(self.first, self.schedule.steps):
            rng = np.random.default_rng([*self.seed, step])
            samples = [self.draw(rng) for _ in range(self.schedule.batch)]
            images, targets = (torch.from_numpy(np.stack(arrays)[:, None]) for arrays in zip(*samples, strict=True))
            chances = torch.from_numpy(rng.random((self.schedule.batch, self.blocks), np.float32))
            yield images, targets, chances, torch.tensor(step)


@dataclass
class SegmentationTask:
    """The segmentation network; each block is dropped with probability `drop_rate`, image by image."""

    model: AutoPath
    schedule: Schedule
    device: torch.device
    drop_rate: float
    name: str = "segmentation"
    score_name: str = "Dice"

    def __post_init__(self) -> None:
        self.network = self.model.backbone

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        images, targets, chances, step = (values.to(self.device) for values in batch)
        self.network.train()
        if step >= FROZEN_FROM * self.schedule.steps:
            keep_statistics(self.network)
        path = chances >= self.drop_rate if self.drop_rate > 0 else None
        logits = on_grid_of(targets, forward(self.network, images, path))
        loss = F.binary_cross_entropy_with_logits(logits, targets) + batch_dice_loss(logits, targets)
        return loss, dice(logits > 0, targets > 0)


@dataclass
class PolicyTask:
    """The policy network, by self-critical policy gradient on the frozen segmentation network."""

    model: AutoPath
    schedule: Schedule
    device: torch.device
    tau: float
    name: str = "policy"
    score_name: str = "blocks kept"

    def __post_init__(self) -> None:
        self.network = self.model.policy.train()
        self.model.backbone.eval().requires_grad_(False)
        blocks = len(self.model.backbone.blocks())
        self.steps_per_block = max(1, int(CURRICULUM_SHARE * self.schedule.steps / blocks))

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        images, targets, chances, step = (values.to(self.device) for values in batch)
        keep = torch.sigmoid(forward(self.network, images))
        is_open = policy_gradient.open_blocks(int(step), self.steps_per_block, keep.shape[1]).to(self.device)
        path = policy_gradient.sampled_path(keep.detach(), is_open, chances)
        greedy = policy_gradient.greedy_path(keep.detach(), is_open)
        advantage = self.reward(images, targets, path) - self.reward(images, targets, greedy)
        return policy_gradient.policy_loss(keep, path, advantage, is_open), float(greedy.float().mean())

    @torch.no_grad()
    def reward(self, images: Tensor, targets: Tensor, paths: Tensor) -> Tensor:
        found = on_grid_of(targets, forward(self.model.backbone, images, paths)) > 0
        return policy_gradient.reward(found, targets, paths, self.tau)


def forward(network: nn.Module, images: Tensor, path: Tensor | None = None) -> Tensor:
    """Of either network, in bf16, as fp32."""
    images = images.to(memory_format=torch.channels_last_3d)
    with torch.autocast(images.device.type, torch.bfloat16):
        return (network(images) if path is None else network(images, path)).float()


def on_grid_of(targets: Tensor, logits: Tensor) -> Tensor:
    """Logits on the targets' grid, which has more pixels in plane where it was left as it was."""
    if logits.shape == targets.shape:
        return logits
    return F.interpolate(logits, targets.shape[2:], mode="trilinear", align_corners=True)


def keep_statistics(network: nn.Module) -> None:
    """Batch norm as in inference; its weights go on learning."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.eval()


@torch.inference_mode()
def validate(model: AutoPath, draw: Draw) -> dict[str, float]:
    """Dice over windows of other seeds than training's, with all blocks and along the policy's paths, and the share
    dropped."""
    model.eval()
    truth, masks, dropped = [], {"full": [], "policy": []}, []
    for number in range(VALIDATION_WINDOWS):
        image, target = (torch.from_numpy(values)[None, None] for values in draw(np.random.default_rng([77, number])))
        path = forward(model.policy, image) >= 0
        truth.append(target)
        dropped.append(float((~path).float().mean()))
        masks["full"].append(on_grid_of(target, forward(model.backbone, image)) > 0)
        masks["policy"].append(on_grid_of(target, forward(model.backbone, image, path)) > 0)
    targets = torch.cat(truth) > 0
    scores = {name: dice(torch.cat(found), targets) for name, found in masks.items()}
    return scores | {"dropped": float(np.mean(dropped))}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    add_map_argument(parser)
    parser.add_argument("--prepared", type=Path, help="train on LiTS instead: folder that `prepare lits` wrote")
    parser.add_argument("--start", type=Path, help="folder of a finished run of the same width to start from")
    parser.add_argument("--network", default="autopath-r18", choices=BLOCKS)
    parser.add_argument("--width", type=int, default=16, help="channels of the stem (default 16; published: 64)")
    parser.add_argument("--window", type=int, default=48, help="slices (default 48, as published)")
    parser.add_argument("--side", type=int, default=177, help="pixels in plane, best 32 c - 15 (published: 256)")
    parser.add_argument("--batch", type=int, default=SEGMENTATION.batch, help="windows a step, 2 at least")
    parser.add_argument("--segmentation-steps", type=int, default=SEGMENTATION.steps)
    parser.add_argument("--policy-steps", type=int, default=POLICY.steps)
    parser.add_argument(
        "--drop-rate", type=float, default=0.1, help="of each block in the first stage (default 0.1; published: 0)"
    )
    parser.add_argument(
        "--tau", type=float, default=200.0, help="what a wrong voxel costs the policy (default 200; published: 50)"
    )


def run(arguments: argparse.Namespace) -> int:
    return run_training("train-autopath", train, arguments)


def train(arguments: argparse.Namespace) -> None:
    """Trains both networks; the finished model lies in OUTPUT/model.pt."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    if arguments.batch < 2:
        raise RunError("--batch must be 2 or more: batch norm behind the global average has one value per window")
    segmentation = replace(SEGMENTATION, steps=arguments.segmentation_steps, batch=arguments.batch)
    policy = replace(POLICY, steps=arguments.policy_steps)
    configuration = {
        "network": arguments.network, "width": arguments.width, "window": arguments.window, "side": arguments.side,
        "maps": None if arguments.prepared else arguments.maps, "drop_rate": arguments.drop_rate, "tau": arguments.tau,
        "start": arguments.start.name if arguments.start else None, "seed": arguments.seed,
        "segmentation": asdict(segmentation), "policy": asdict(policy),
    }  # fmt: skip
    record = Run(arguments.output, configuration, arguments.resume)
    draw = prepared_windows(arguments.prepared) if arguments.prepared else synthetic_windows(arguments)
    device = torch.device(arguments.device)
    model = AutoPath(arguments.network, arguments.width).to(device, memory_format=torch.channels_last_3d)
    if arguments.start:
        model.load_state_dict(torch.load(arguments.start / "model.pt", weights_only=True, map_location=device))
    state, finished = record.load(), arguments.output / "segmentation.pt"
    if finished.exists():
        model.backbone.load_state_dict(torch.load(finished, weights_only=True))
    else:
        task = SegmentationTask(model, segmentation, device, arguments.drop_rate)
        train_stage(task, draw, record, state, arguments.seed)
        save_atomically(finished, model.backbone.state_dict())
        state = None
    state = state if state and state["stage"] == "policy" else None
    train_stage(PolicyTask(model, policy, device, arguments.tau), draw, record, state, arguments.seed)
    save_atomically(arguments.output / "model.pt", model.state_dict())
    figures = validate(model.cpu(), draw)
    print(
        f"on windows of other seeds: Dice {figures['full']:.4f} with all blocks, {figures['policy']:.4f} along the "
        f"policy's paths, which drop {figures['dropped']:.0%} of the blocks"
    )


def add_map_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--maps", nargs="+", default=list(SHARES), choices=torsos.SOURCES, help="torsos and heads to synthesise CT from"
    )


def synthetic_windows(arguments: argparse.Namespace) -> Draw:
    synthesis = TorsoSynthesis.load(arguments.maps)
    return lambda rng: synthesis.window(rng, arguments.window, arguments.side)


def prepared_windows(folder: Path) -> Draw:
    """The published sampling: a case at random, but none of 3DIRCADb, and a window anywhere in it."""
    cases = list_cases(folder, [LITS_ALONE])

    def draw(rng: np.random.Generator) -> Sample:
        case = cases[rng.integers(len(cases))]
        return draw_window(case.array("image"), case.array("target"), rng)

    return draw


def train_stage(task: SegmentationTask | PolicyTask, draw: Draw, record: Run, state, seed: int) -> None:
    """Feeds one network with batches that a second process draws."""
    blocks = len(task.model.backbone.blocks())
    batches = Windows(draw, task.name, task.schedule, blocks, seed, state["step"] if state else 0)
    fit(task, DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=4), record, state)
