"""`train-lowres-published`: LowRes with the published sampling, losses and schedule, on LUNA16 or on data of one's own.

Stage 1: 100 epochs of 100 steps, 32 patches of 64^3, adaptive cross-entropy, SGD with Nesterov momentum 0.9 at 1e-2,
a tenth of that from epoch 80 on. Stage 2: the same on 16 patches at 1e-3 (as in the authors' settings; the paper has 32
at 1e-2), Dice of the whole patch, averaged over the patches. No augmentation, no average of weights.
"""

import argparse
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fovea_training import published_sampling
from fovea_training.inference import paste_boxes, propose_boxes
from fovea_training.loop import Plan, StepSchedule
from fovea_training.losses import sample_dice_loss
from fovea_training.networks.lowres import STRIDE, LowRes
from fovea_training.networks.units import LogitNorm
from fovea_training.published_sampling import PatientSampler, prepared_patients
from fovea_training.runs import Run, run_training
from fovea_training.train_lowres import Stage1Task, as_channels_last, train_stages

STAGE1 = StepSchedule(steps=10_000, batch=32, learning_rate=1e-2)
STAGE2 = StepSchedule(steps=10_000, batch=16, learning_rate=1e-3)


@dataclass
class PublishedStage2Task:
    """Stage 2 on all boxes that a frozen stage 1 proposes, with the Dice of whole patches.

    Outside of the boxes the logits are those of stage 1, as in the authors' code; the paper's text has zeros there.

    Stage 1 stays in inference mode. The authors leave it in training mode here: its batch norm then uses the statistics
    of the batch, and the running ones that inference needs go on moving under frozen weights.
    """

    model: LowRes
    schedule: Plan
    device: torch.device
    name: str = "stage2"
    score_name: str = "Dice"

    def __post_init__(self) -> None:
        self.network = self.model.stage2.train()
        self.model.stage1.eval().requires_grad_(False)

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        """None where no box is proposed in the whole batch: nothing depends on the weights then."""
        image, target, _ = (values.to(self.device) for values in batch)
        image = as_channels_last(image)
        with torch.autocast(self.device.type, torch.bfloat16):
            with torch.no_grad():
                maps = self.model.stage1(image)
            samples = []
            for index in range(len(image)):
                one = slice(index, index + 1)
                own = type(maps)(*(values[one] for values in maps))
                boxes = list(propose_boxes(own.y8[0, 0].float().cpu().numpy() > 0))
                outside = F.interpolate(own.y8.float(), scale_factor=STRIDE, mode="nearest")
                samples.append((paste_boxes(self.model, image[one], own, boxes, outside), len(boxes)))
        logits = torch.cat([sample for sample, _ in samples])
        loss = sample_dice_loss(logits, target)
        return (loss if any(boxes for _, boxes in samples) else None), 1 - float(loss.detach())


@torch.no_grad()
def start_as_published(network: nn.Module) -> None:
    """PyTorch's own start throughout: the shift of the logits is 0, which a long schedule moves where it belongs."""
    for module in network.modules():
        if isinstance(module, LogitNorm):
            module.bn.bias.zero_()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    published_sampling.add_arguments(parser)
    parser.add_argument("--features", type=int, default=16, help="width of the networks (default 16, as published)")
    for name, plan in (("stage1", STAGE1), ("stage2", STAGE2)):
        parser.add_argument(f"--{name}-steps", type=int, default=plan.steps)
        parser.add_argument(f"--{name}-batch", type=int, default=plan.batch)
        parser.add_argument(f"--{name}-rate", type=float, default=plan.learning_rate)


def run(arguments: argparse.Namespace) -> int:
    return run_training("train-lowres-published", train, arguments)


def train(arguments: argparse.Namespace) -> None:
    """Trains both stages; the finished model lies in OUTPUT/model.pt."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    cases = prepared_patients(arguments.prepared, arguments.subsets)
    stage1 = replace(
        STAGE1, steps=arguments.stage1_steps, batch=arguments.stage1_batch, learning_rate=arguments.stage1_rate
    )
    stage2 = replace(
        STAGE2, steps=arguments.stage2_steps, batch=arguments.stage2_batch, learning_rate=arguments.stage2_rate
    )
    configuration = {
        **published_sampling.describe(cases, arguments), "architecture": "lowres", "features": arguments.features,
        "stage1": asdict(stage1), "stage2": asdict(stage2),
    }  # fmt: skip
    record = Run(arguments.output, configuration, arguments.resume)
    device = torch.device(arguments.device)
    model = LowRes(arguments.features).to(device, memory_format=torch.channels_last_3d)
    start_as_published(model)
    samplers = [PatientSampler(case) for case in cases]
    train_stages(
        model, Stage1Task(model, stage1, device), lambda: PublishedStage2Task(model, stage2, device), samplers, record
    )
