"""The training loop that all stages share: optimiser, weight average, guard against NaN, checkpoints."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn
from tqdm import tqdm

from fovea_training.runs import Run, RunError

AVERAGE_DECAY = 0.99
CHECKPOINT_SECONDS = 60.0
REPORT_STEPS = 10
MOST_SKIPPED = 3
"""Steps in a row that are passed over because their gradient is no number: now and then bf16 convolutions on the CPU give
one for layers of few voxels, with a loss that is a number. More are a fault of the run."""


class Plan(Protocol):
    """For how long a stage is trained, by which optimiser."""

    steps: int
    batch: int
    clip: float
    """The norm that gradients are cut to."""
    average_decay: float
    """Of the weight average that is kept in the end; 0 keeps the last weights."""

    def rate(self, step: int) -> float:
        """The learning rate of a step."""

    def optimiser(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer: ...


@dataclass(frozen=True)
class Schedule:
    """AdamW with a warm-up and a cosine to zero."""

    average_decay: ClassVar[float] = AVERAGE_DECAY
    steps: int
    batch: int
    learning_rate: float
    weight_decay: float = 0.01
    warm_up: int = 20
    clip: float = 1.0

    def rate(self, step: int) -> float:
        warm = min(1.0, (step + 1) / self.warm_up)
        return self.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * step / self.steps))

    def optimiser(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.AdamW(parameters, self.learning_rate, weight_decay=self.weight_decay)


@dataclass(frozen=True)
class StepSchedule:
    """SGD with Nesterov momentum; the rate falls to a tenth at `drop_share` of the steps (as LowRes has it)."""

    average_decay: ClassVar[float] = 0.0
    clip: ClassVar[float] = math.inf
    steps: int
    batch: int
    learning_rate: float
    drop_share: float = 0.8
    momentum: float = 0.9

    def rate(self, step: int) -> float:
        return self.learning_rate * (0.1 if step >= round(self.drop_share * self.steps) else 1.0)

    def optimiser(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, self.learning_rate, momentum=self.momentum, nesterov=True)


class Task(Protocol):
    """What is trained: one stage of a model."""

    name: str
    network: nn.Module
    schedule: Plan

    score_name: str
    """What the score of a batch is, for the learning curve."""

    def loss(self, batch: tuple[Tensor, ...]) -> tuple[Tensor | None, float]:
        """The loss, None where a batch gives no gradient, and a score between 0 and 1 (NaN where there is none)."""


class WeightAverage:
    """An exponential moving average of parameters and batch-norm statistics."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1 - self.decay)


class Best:
    """The weights with the best score so far, where a recipe keeps those instead of the average."""

    def __init__(self, network: nn.Module, every: int, score: Callable[[], float]) -> None:
        """`score` judges `network`, every so many steps, and may leave it in inference mode."""
        self.network, self.every, self.score = network, every, score
        self.state: dict[str, Any] = {"score": -math.inf, "weights": None}

    def judge(self) -> None:
        score = self.score()
        self.network.train()
        if score > self.state["score"]:
            weights = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
            self.state = {"score": score, "weights": weights}


def fit(
    task: Task, batches: Iterable[tuple[Tensor, ...]], run: Run, state: dict[str, Any] | None, best: Best | None = None
) -> None:
    """Trains `task.network` to the end of its schedule and leaves the averaged weights in it, or the `best`.

    `batches` starts at the step where `state`, a checkpoint of this stage, left off. Raises RunError on a loss that is
    not finite, or on MOST_SKIPPED gradients in a row and one more. An interruption saves a checkpoint first.
    """
    network, schedule = task.network, task.schedule
    parameters = list(network.parameters())
    optimiser = schedule.optimiser(parameters)
    average = WeightAverage(network, schedule.average_decay)
    done = skipped = 0
    if state:
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        average.state, done = state["average"], state["step"]
        if best:
            best.state = state["best"]

    def checkpoint() -> None:
        run.save(
            {
                "stage": task.name,
                "step": done,
                "network": network.state_dict(),
                "average": average.state,
                "optimiser": optimiser.state_dict(),
                "best": best.state if best else None,
            }
        )

    saved, shown = time.monotonic(), Progress()
    try:
        for batch in tqdm(batches, task.name, schedule.steps, initial=done, mininterval=5):
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate(done)
            loss, score = task.loss(batch)
            if loss is not None:
                require_finite(loss, "loss", f"{task.name}, step {done + 1}")
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                norm = nn.utils.clip_grad_norm_(parameters, schedule.clip)
                if bool(torch.isfinite(norm)):
                    optimiser.step()
                    average.update(network)
                    skipped = 0
                else:
                    skipped += 1
                    if skipped > MOST_SKIPPED:
                        require_finite(norm, "gradient", f"{task.name}, step {done + 1}")
                shown.add(float(loss.detach()), score)
            done += 1
            if best and (done % best.every == 0 or done == schedule.steps):
                best.judge()
            if done % REPORT_STEPS == 0 or done == schedule.steps:
                run.record({"stage": task.name, "step": done, **shown.take()})
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                checkpoint()
                saved = time.monotonic()
    except KeyboardInterrupt:
        checkpoint()
        raise
    network.load_state_dict(best.state["weights"] if best else average.state)
    checkpoint()
    run.draw_curve(task.score_name)


def require_finite(value: Tensor, name: str, place: str) -> None:
    """Raises RunError for a value that is no number, before it reaches the weights."""
    if not bool(torch.isfinite(value)):
        raise RunError(
            f"{place}: the {name} is not finite. The last checkpoint is kept: go on from it with --resume, or start "
            "anew with a lower learning rate"
        )


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
