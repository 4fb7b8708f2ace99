"""`evaluate-published`: a run on prepared patients that it never saw, by the figures of LowRes's tables.

LowRes runs on the whole volume, its baselines in tiles as the authors have it; fp32. Cases without lesions count for
their false positives.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.prepared import PreparedCase, list_cases
from fovea_training.inference import segment
from fovea_training.metrics import ScanResult, score_scan, summarise
from fovea_training.networks import build
from fovea_training.runs import RunError, read_settings, write_atomically
from fovea_training.tiling import segment_in_tiles
from fovea_training.train_baseline import BASELINES

HOLD_OUT = (8, 9)
Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="folder of a finished run of train-lowres-published or train-baseline")
    parser.add_argument("prepared", type=Path, help="folder that `prepare` wrote")
    parser.add_argument("--subsets", type=int, nargs="+", default=HOLD_OUT, help="of LUNA16 (default 8 9, held out)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="default: one per usable core")
    parser.add_argument("--json", type=Path, help="write the figures here as well")


def run(arguments: argparse.Namespace) -> int:
    torch.set_num_threads(arguments.threads)
    try:
        cases = list_cases(arguments.prepared, arguments.subsets)
        settings = read_settings(arguments.run)
        require_unseen(settings, cases)
        predict = load_predictor(arguments.run, settings, torch.device(arguments.device))
        results = [score_case(case, predict) for case in tqdm(cases, "evaluate", mininterval=5)]
        figures = {"architecture": settings["architecture"], "scans": len(cases), **summarise(results)}
    except (RunError, SeriesError, OSError, ValueError) as error:
        print(f"evaluate-published: {error}")
        return 1
    text = json.dumps(figures, indent=2) + "\n"
    print(text, end="")
    if arguments.json:
        write_atomically(arguments.json, text)
    return 0


def require_unseen(settings: dict[str, Any], cases: list[PreparedCase]) -> None:
    """Raises RunError where the run was trained on a case that it is to be measured on."""
    seen = sorted({case.name for case in cases} & set(settings["cases"]))
    if seen:
        raise RunError(f"the run was trained on {len(seen)} of these cases ({seen[0]} ...): their figures say nothing")


def load_predictor(folder: Path, settings: dict[str, Any], device: torch.device) -> Predict:
    """What makes logits of a preprocessed volume (x, y, z)."""
    sizes = {key: settings[key] for key in ("features", "width") if key in settings}
    network = build({"name": settings["architecture"], "in_channels": 1, "out_channels": 1, **sizes})
    network.load_state_dict(torch.load(folder / "model.pt", weights_only=True, map_location="cpu"))
    network.to(device).eval()
    if settings["architecture"] == "lowres":
        return lambda image: segment(network, image).logits
    baseline = BASELINES[settings["architecture"]]
    return lambda image: segment_in_tiles(network, image, baseline.tile, baseline.stride, baseline.margin)


def score_case(case: PreparedCase, predict: Predict) -> ScanResult:
    image = np.array(case.array("image"), np.float32)
    voxels = case.array("lesions")
    truth = np.zeros(image.shape, np.int32)
    truth[tuple(voxels[:, :3].T)] = voxels[:, 3]
    voxel_ml = float(np.prod(case.facts["spacing_mm"])) / 1000
    return score_scan(predict(image), truth, np.zeros(image.shape, np.bool_), voxel_ml)
