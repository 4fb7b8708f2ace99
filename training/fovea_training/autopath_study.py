"""`autopath-study`: the paper's comparison on labelled volumes: blocks dropped from the front, from the back, at
random, one by one, and by the policy network; as a table, as curves, and as JSON.

The model is an AutoPath package, the rough member of a pair, or a run of train-autopath. Whole volumes are measured, as
the node runs them: windows without overlap, the last one shifted back, probabilities on the volume's own grid.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.labels import read_labels_on
from fovea_training.data.pairs import read_image
from fovea_training.networks.autopath import AutoPath
from fovea_training.package import read_safetensors
from fovea_training.packages import liver
from fovea_training.runs import write_atomically
from fovea_training.train_sts import dice

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (after the choice of a backend without a display)

RANDOM_DRAWS = 5
PathOf = Callable[[Tensor, np.random.Generator], Tensor]
"""The path (blocks,) of a window (1, 1, z, y, x)."""


@dataclass(frozen=True)
class Model:
    """The networks and the steps before them."""

    networks: AutoPath
    window: int
    steps: list[dict]

    @property
    def blocks(self) -> int:
        return len(self.networks.backbone.blocks())


@dataclass(frozen=True)
class Case:
    """A volume as the networks see it, and the truth on its own grid; (z, y, x)."""

    name: str
    image: NDArray[np.float32]
    truth: Tensor


@dataclass(frozen=True)
class Outcome:
    """A strategy on all cases."""

    dropped: float
    """Blocks, the mean over windows."""
    dice: float
    """The mean over cases."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="a model package, or the folder of a run of train-autopath")
    parser.add_argument("--images", type=Path, nargs="+", required=True, help="files, or folders of one DICOM series")
    parser.add_argument("--labels", type=Path, nargs="+", required=True, help="a label map for each")
    parser.add_argument("--output", type=Path, required=True, help="folder for study.json, study.md and study.png")
    parser.add_argument("--threads", type=int, default=2)


def run(arguments: argparse.Namespace) -> int:
    torch.set_num_threads(arguments.threads)
    try:
        if len(arguments.images) != len(arguments.labels):
            raise SeriesError(f"{len(arguments.images)} images need as many label maps, not {len(arguments.labels)}")
        model = load_model(arguments.model)
        cases = [read_case(*paths, model.steps) for paths in zip(arguments.images, arguments.labels, strict=True)]
        outcomes = study(model, cases)
        arguments.output.mkdir(parents=True, exist_ok=True)
        write_atomically(arguments.output / "study.json", json.dumps(to_json(model, cases, outcomes), indent=2) + "\n")
        table = to_table(model, outcomes)
        write_atomically(arguments.output / "study.md", table)
        draw_curves(model, outcomes, arguments.output / "study.png")
    except (SeriesError, OSError, KeyError) as error:
        print(f"autopath-study: {error}")
        return 1
    print(table)
    return 0


def load_model(path: Path) -> Model:
    """From a package, of a pair its rough member, or from a run; raises SeriesError for another model."""
    if (path / "run.json").exists():
        run = json.loads((path / "run.json").read_text())
        architecture, steps = liver.rough_architecture(run), liver.PREPROCESSING + liver.rough_steps(run)
        tensors, role = torch.load(path / "model.pt", weights_only=True, map_location="cpu"), ""
    else:
        manifest = json.loads((path / "model.json").read_text())
        architecture, steps, role = manifest["architecture"], manifest["preprocessing"], ""
        if "rough" in architecture:
            member, role = architecture["rough"], "rough."
            architecture, steps = member["architecture"], steps + member["preprocessing"]
        weights = read_safetensors(path / "weights.safetensors")
        tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
    if not architecture["name"].startswith("autopath") or not architecture["policy"]:
        raise SeriesError(f"{path}: no AutoPath with a policy network")
    networks = AutoPath(architecture["name"], architecture["width"])
    own = {name.removeprefix(role): value for name, value in tensors.items() if name.startswith(role)}
    missing, _ = networks.load_state_dict(own, strict=False)
    if any(not name.endswith("num_batches_tracked") for name in missing):
        raise SeriesError(f"{path}: tensors are missing: {', '.join(missing[:4])}")
    return Model(networks.eval(), architecture["window"], steps)


def read_case(image: Path, labels: Path, steps: list[dict]) -> Case:
    volume = read_image(image)
    truth = torch.from_numpy(read_labels_on(labels, volume.grid).T > 0)
    prepared = prepare(volume.values.T.astype(np.float32), volume.grid.spacing_mm[::-1], steps)
    return Case(image.name, prepared, truth)


def prepare(image: NDArray[np.float32], spacing_mm: tuple[float, ...], steps: list[dict]) -> NDArray[np.float32]:
    """The steps of a package on (z, y, x), as the node does them; those that AutoPath needs."""
    spacing = list(spacing_mm)
    for step in steps:
        match step["step"]:
            case "clip":
                image = np.clip(image, step["low"], step["high"])
            case "scale":
                (a, b), (c, d) = step["from"], step["to"]
                image = (image - a) * ((d - c) / (b - a)) + c
            case "resample":
                zoom = [zoom_factor(step, 2 - axis, image.shape[axis], spacing[axis]) for axis in range(3)]
                shape = image.shape
                image = ndimage.zoom(image, zoom, order=3, mode="mirror")
                spacing = [s * n / m for s, n, m in zip(spacing, shape, image.shape, strict=True)]
            case "roi":
                if step["roi"] != "none":
                    raise SeriesError(f"the step roi with {step['roi']} is not known here")
            case name:
                raise SeriesError(f"the step {name} is not known here")
    return np.ascontiguousarray(image, np.float32)


def zoom_factor(step: dict, axis: int, count: int, spacing_mm: float) -> float:
    """Of an axis numbered x, y, z."""
    given = {key: step.get(key, [None] * 3)[axis] for key in ("spacing_mm", "factor", "size")}
    if given["spacing_mm"]:
        return spacing_mm / given["spacing_mm"]
    if given["size"]:
        return given["size"] / count
    return given["factor"] or 1.0


def windows(image: NDArray[np.float32], depth: int) -> Iterator[tuple[slice, Tensor]]:
    """The slices of a volume that a window covers, and the window (1, 1, depth, y, x); a volume with fewer slices has
    its first and last repeated."""
    missing = max(0, depth - len(image))
    padded = np.pad(image, ((missing // 2, missing - missing // 2), (0, 0), (0, 0)), "edge")
    for start in range(0, len(padded), depth):
        start = min(start, len(padded) - depth)
        yield slice(start, start + depth), torch.from_numpy(padded[start : start + depth])[None, None]


@torch.inference_mode()
def segment(model: Model, case: Case, path_of: PathOf, rng: np.random.Generator) -> tuple[Tensor, list[int]]:
    """The mask on the case's own grid, and the blocks dropped in each window."""
    missing = max(0, model.window - len(case.image))
    shape = (len(case.image) + missing, *case.image.shape[1:])
    sums, counts, dropped = torch.zeros(shape), torch.zeros(shape[0], 1, 1), []
    for slices, window in windows(case.image, model.window):
        path = path_of(window, rng)
        dropped.append(int((~path).sum()))
        sums[slices] += torch.sigmoid(model.networks.backbone(window, path[None]))[0, 0]
        counts[slices] += 1
    inner = slice(missing // 2, missing // 2 + len(case.image))
    probabilities = (sums / counts)[inner][None, None]
    return F.interpolate(probabilities, case.truth.shape, mode="trilinear", align_corners=True)[0, 0] >= 0.5, dropped


def measure(model: Model, cases: list[Case], path_of: PathOf, draws: int = 1) -> Outcome:
    scores, dropped = [], []
    for draw in range(draws):
        for number, case in enumerate(cases):
            found, in_windows = segment(model, case, path_of, np.random.default_rng([draw, number]))
            dropped += in_windows
            scores.append(dice(found, case.truth))
    return Outcome(float(np.mean(dropped)), float(np.mean(scores)))


def study(model: Model, cases: list[Case]) -> dict[str, list[Outcome]]:
    """Every strategy with 0 to N - 1 blocks dropped, single blocks in order, and the policy."""
    n = model.blocks
    order = torch.arange(n)

    def fixed(path: Tensor) -> PathOf:
        return lambda window, rng: path

    def random(count: int) -> PathOf:
        return lambda window, rng: torch.from_numpy(rng.permutation(n) >= count)

    def policy(window: Tensor, rng: np.random.Generator) -> Tensor:
        return model.networks.policy(window)[0] >= 0

    plans: dict[str, list[tuple[PathOf, int]]] = {
        "full": [(fixed(order >= 0), 1)],
        "AutoPath": [(policy, 1)],
        "DropFirstN": [(fixed(order >= count), 1) for count in range(1, n)],
        "DropLastN": [(fixed(order < n - count), 1) for count in range(1, n)],
        "DropRandomN": [(random(count), RANDOM_DRAWS) for count in range(1, n)],
        "single": [(fixed(order != block), 1) for block in range(n)],
    }
    progress = tqdm(total=sum(map(len, plans.values())), desc="paths", mininterval=5)
    outcomes: dict[str, list[Outcome]] = {}
    for name, plan in plans.items():
        outcomes[name] = []
        for path_of, draws in plan:
            outcomes[name].append(measure(model, cases, path_of, draws))
            progress.update()
    progress.close()
    return outcomes


def level(outcomes: dict[str, list[Outcome]]) -> int:
    """How many blocks the others drop in the table: as many as AutoPath, rounded, at least one."""
    most = len(outcomes["DropFirstN"])
    return min(most, max(1, round(outcomes["AutoPath"][0].dropped)))


def to_json(model: Model, cases: list[Case], outcomes: dict[str, list[Outcome]]) -> dict:
    return {
        "blocks": model.blocks,
        "cases": [case.name for case in cases],
        "strategies": {
            name: [{"dropped": round(each.dropped, 3), "dice": round(each.dice, 4)} for each in found]
            for name, found in outcomes.items()
        },
    }


def to_table(model: Model, outcomes: dict[str, list[Outcome]]) -> str:
    """The paper's table, and the blocks one by one."""
    rows = {name: outcomes[name][level(outcomes) - 1] for name in ("DropFirstN", "DropLastN", "DropRandomN")}
    rows |= {"AutoPath": outcomes["AutoPath"][0], "full backbone": outcomes["full"][0]}
    lines = [f"| strategy | blocks dropped of {model.blocks} | Dice |", "|---|---|---|"]
    lines += [f"| {name} | {row.dropped:.1f} | {row.dice:.3f} |" for name, row in rows.items()]
    numbers = " | ".join(str(number) for number in range(1, model.blocks + 1))
    scores = " | ".join(f"{each.dice:.3f}" for each in outcomes["single"])
    lines += ["", f"| only this block dropped | {numbers} |", "|---" * (model.blocks + 1) + "|"]
    lines += [f"| Dice | {scores} |", ""]
    return "\n".join(lines)


def draw_curves(model: Model, outcomes: dict[str, list[Outcome]], path: Path) -> None:
    """Dice over the number of dropped blocks, and over which block alone is dropped."""
    figure, (curves, bars) = pyplot.subplots(1, 2, figsize=(10, 3.6))
    full = outcomes["full"][0]
    for name in ("DropFirstN", "DropLastN", "DropRandomN"):
        points = [full, *outcomes[name]]
        curves.plot([point.dropped for point in points], [point.dice for point in points], marker="o", label=name)
    chosen = outcomes["AutoPath"][0]
    curves.plot([chosen.dropped], [chosen.dice], "k*", markersize=13, label="AutoPath")
    curves.set(xlabel=f"blocks dropped of {model.blocks}", ylabel="Dice", ylim=(0, 1))
    curves.legend()
    bars.bar(range(1, model.blocks + 1), [each.dice for each in outcomes["single"]])
    bars.axhline(full.dice, color="k", linewidth=1)
    bars.set(xlabel="the one block dropped", ylim=(0, 1))
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
