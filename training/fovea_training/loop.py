"""The training loop that all stages share: optimiser, weight average, guard against NaN, checkpoints."""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from tqdm import tqdm

from fovea_training.runs import Run, RunError

AVERAGE_DECAY = 0.99
CHECKPOINT_SECONDS = 60.0
REPORT_STEPS = 10


@dataclass(frozen=True)
class Schedule:
    """AdamW with a warm-up and a cosine to zero."""

    steps: int
    batch: int
    learning_rate: float
    weight_decay: float = 0.01
    warm_up: int = 20
    clip: float = 1.0

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        warm = min(1.0, (step + 1) / self.warm_up)
        return self.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * step / self.steps))


class Task(Protocol):
    """What is trained: one stage of a model."""

    name: str
    network: nn.Module
    schedule: Schedule

    score_name: str
    """What the score of a batch is, for the learning curve."""

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        """The loss, None where a batch gives no gradient, and a score between 0 and 1 (NaN where there is none)."""


class WeightAverage:
    """An exponential moving average of parameters and batch-norm statistics."""

    def __init__(self, network: nn.Module) -> None:
        self.state = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1 - AVERAGE_DECAY)


def fit(task: Task, batches: Iterable[tuple[Tensor, ...]], run: Run, state: dict[str, Any] | None) -> None:
    """Trains `task.network` to the end of its schedule and leaves the averaged weights in it.

    `batches` starts at the step where `state`, a checkpoint of this stage, left off. Raises RunError on a loss that
    is not finite. An interruption saves a checkpoint first.
    """
    network, schedule = task.network, task.schedule
    parameters = list(network.parameters())
    optimiser = torch.optim.AdamW(parameters, schedule.learning_rate, weight_decay=schedule.weight_decay)
    average = WeightAverage(network)
    done = 0
    if state:
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        average.state, done = state["average"], state["step"]

    def checkpoint() -> None:
        run.save(
            {
                "stage": task.name,
                "step": done,
                "network": network.state_dict(),
                "average": average.state,
                "optimiser": optimiser.state_dict(),
            }
        )

    saved, shown = time.monotonic(), Progress()
    try:
        for batch in tqdm(batches, task.name, schedule.steps, initial=done, mininterval=5):
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate(done)
            loss, score = task.loss(batch)
            if loss is not None:
                if not bool(torch.isfinite(loss)):
                    raise RunError(f"{task.name}, step {done + 1}: the loss is not finite; lower the learning rate and "
                                   "resume from the last checkpoint")
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(parameters, schedule.clip)
                optimiser.step()
                average.update(network)
                shown.add(float(loss.detach()), score)
            done += 1
            if done % REPORT_STEPS == 0 or done == schedule.steps:
                run.record({"stage": task.name, "step": done, **shown.take()})
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                checkpoint()
                saved = time.monotonic()
    except KeyboardInterrupt:
        checkpoint()
        raise
    network.load_state_dict(average.state)
    checkpoint()
    run.draw_curve(task.score_name)


class Progress:
    """Means of loss and score since they were last taken."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.scores: list[float] = []
        self.started = time.monotonic()

    def add(self, loss: float, score: float) -> None:
        self.losses.append(loss)
        if not math.isnan(score):
            self.scores.append(score)

    def take(self) -> dict[str, float]:
        """The means, rounded for the file, and the seconds that went by; starts anew."""
        row = {
            "loss": round(sum(self.losses) / max(len(self.losses), 1), 4),
            "score": round(sum(self.scores) / max(len(self.scores), 1), 4),
            "seconds": round(time.monotonic() - self.started, 1),
        }
        self.__init__()
        return row
