"""`evaluate-development`: a LowRes model on implants into a chest that its training never saw, and on real nodules.

Runs PyTorch in fp32 on the whole volume. The figures that a user should believe are those of the node itself.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fovea_training.data.chests import load_chest
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.hosts import Host
from fovea_training.data.preprocessing import blank_outside, to_network
from fovea_training.inference import segment
from fovea_training.metrics import ScanResult, score_scan, summarise
from fovea_training.networks.lowres import LowRes
from fovea_training.package import read_safetensors
from fovea_training.pictures import draw_findings
from fovea_training.synthesis.implants import Canvas, implant
from fovea_training.synthesis.nodules import draw_nodule
from fovea_training.synthesis.patches import NODULE_CENTRES, choose

DIAMETERS_MM = (3.5, 28.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="a model package, or the model.pt of a run")
    parser.add_argument("--host", required=True, help="cmb, fcp, or a folder with a DICOM series")
    parser.add_argument("--scans", type=int, default=4, help="copies of the host, each with its own implants (default 4)")
    parser.add_argument("--implants", type=int, default=8, help="per scan (default 8)")
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--minimum-volume-ml", type=float, help="smaller findings are dropped (default: as the package says, else 0)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="default: one per usable core")
    parser.add_argument("--picture", type=Path, help="draw what is found on the untouched scan")
    parser.add_argument("--json", type=Path, help="write the figures here as well, for `export --figures`")


def run(arguments: argparse.Namespace) -> int:
    torch.set_num_threads(arguments.threads)
    try:
        host = load_chest(arguments.host).host()
        model = load_model(arguments.model)
    except (SeriesError, OSError) as error:
        print(f"evaluate-development: {error}")
        return 1
    if arguments.minimum_volume_ml is None:
        arguments.minimum_volume_ml = stated_minimum_ml(arguments.model)
    figures = {"command": describe_command(arguments), **evaluate(model, host, arguments)}
    print(json.dumps(figures, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(to_entries(figures), indent=2) + "\n")
    return 0


def evaluate(model: LowRes, host: Host, arguments: argparse.Namespace) -> dict:
    """Figures on implants, and on the untouched scan with its real nodules."""
    voxel_ml = float(np.prod(host.spacing_mm)) / 1000
    results: list[ScanResult] = []
    for number in range(arguments.scans):
        rng = np.random.default_rng([arguments.seed, number])
        canvas = place_implants(host, arguments.implants, rng)
        logits = segment(model, network_input(canvas.image, host.mask)).logits
        results.append(score_scan(logits, canvas.labels, host.ignored, voxel_ml, arguments.minimum_volume_ml))
    return {
        "host": host.name,
        "spacing_mm": [round(value, 3) for value in host.spacing_mm],
        "implants": summarise(results),
        "untouched": untouched(model, host, arguments.minimum_volume_ml, arguments.picture),
    }


def to_entries(figures: dict) -> list[dict]:
    """The figures as entries of `measured` in model.json."""
    spacing = " x ".join(str(value) for value in figures["spacing_mm"])
    implants = {name: value for name, value in figures["implants"].items() if value == value}
    common = {"command": figures["command"]}
    data = f"{figures['host']} ({spacing} mm), {implants.pop('lesions')} implants"
    entries = [{"data": data, "metric": name, "value": value, **common} for name, value in implants.items()]
    data = f"{figures['host']} ({spacing} mm) as it is"
    return entries + [{"data": data, "metric": name, "value": value, **common} for name, value in figures["untouched"].items()]


def describe_command(arguments: argparse.Namespace) -> str:
    """The command that gives these figures again, from the folder `training`."""
    settings = [f"--{name} {getattr(arguments, name)}" for name in ("host", "scans", "implants", "seed")]
    return f"python -m fovea_training evaluate-development {arguments.model} {' '.join(settings)}"


def stated_minimum_ml(model: Path) -> float:
    """The smallest finding that a package reports; 0 for a bare run."""
    manifest = model / "model.json"
    return json.loads(manifest.read_text())["output"]["minimum_volume_ml"] if manifest.exists() else 0.0


def untouched(model: LowRes, host: Host, minimum_ml: float, picture: Path | None) -> dict:
    """Components on the scan as it is, and the real nodule's Dice where it has a label."""
    voxel_ml = float(np.prod(host.spacing_mm)) / 1000
    prediction = segment(model, network_input(host.hu.astype(np.float32), host.mask))
    if picture:
        draw_findings(host.hu, prediction.logits > 0, host.spacing_mm, picture)
    nothing = np.zeros(host.hu.shape, np.uint8)
    plain = score_scan(prediction.logits, nothing, host.ignored, voxel_ml, minimum_ml)
    figures = {"boxes": len(prediction.boxes), "components_elsewhere": len(plain.false_positives)}
    if host.nodules.any():
        found = score_scan(prediction.logits, host.nodules.astype(np.uint8), nothing > 0, voxel_ml, minimum_ml)
        figures["real_nodule_dice"] = round(found.lesions[0].dice or 0.0, 4)
        figures["real_nodule_covered"] = round(float((prediction.logits > 0)[host.nodules].mean()), 4)
    return figures


def place_implants(host: Host, count: int, rng: np.random.Generator) -> Canvas:
    """A copy of the host with `count` nodules, their sizes spread evenly over the logarithm of 3.5 to 28 mm."""
    canvas = Canvas(
        host.hu.astype(np.float32), host.lungs, host.ignored, np.zeros(host.hu.shape, np.uint8), host.spacing_mm
    )
    centres = {region: host.centres(region) for region in NODULE_CENTRES}
    edges = np.geomspace(*DIAMETERS_MM, count + 1)
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        for _ in range(200):
            places = centres[choose(NODULE_CENTRES, set(centres), rng)]
            nodule = draw_nodule(rng, float(rng.uniform(low, high)), host.spacing_mm)
            if implant(canvas, nodule, places[rng.integers(len(places))], rng):
                break
    return canvas


def network_input(hu: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The published preprocessing of a host's crop."""
    return to_network(blank_outside(hu, mask))


def load_model(path: Path) -> LowRes:
    """A LowRes from a package or from a finished run."""
    if path.is_dir():
        features = json.loads((path / "model.json").read_text())["architecture"]["features"]
        tensors = read_safetensors(path / "weights.safetensors")
        state = {name: torch.from_numpy(tensor) for name, tensor in tensors.items()}
    else:
        state = torch.load(path, weights_only=True)
        features = state["stage1.a.conv.weight"].shape[0]
    model = LowRes(features)
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        raise OSError(f"{path}: its tensors are not those of LowRes: {(missing + unexpected)[:4]}")
    return model.eval()
