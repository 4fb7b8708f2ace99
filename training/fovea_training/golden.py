"""`golden OUT_DIR`: golden activations of the networks at small odd shapes, for the Swift parity tests.

Weights and inputs come from `parity`, so that a file holds only shapes and a sample of the activations. Positions are
offsets into the C-ordered array (channel, x, y, z).
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from fovea_training import golden_networks, inference, parity
from fovea_training.naming import tensor_table
from fovea_training.networks.lowres import LowRes
from fovea_training.sampling import sample

SAMPLES = 200
"""Positions per activation."""
LOWRES = {"name": "lowres", "features": 16, "in_channels": 1, "out_channels": 1}
STAGE1_SHAPE = (40, 24, 56)
STAGE1_MAPS = ("X2I", "F2", "F4", "F8", "Y8")
STAGE2_BOX = inference.Box((1, 0, 2), (4, 3, 7))
IMAGE_SHAPE = (61, 45, 50)
"""Not divisible by 8, so that padding takes part."""
LAST_BIAS = -0.15
"""Of Stage 1 in the pipeline: makes it propose a few boxes, some of them overlapping, instead of everything."""
SPOTS = (((8, 8, 9), 6.0), ((41, 12, 38), 7.0), ((30, 34, 12), 4.0), ((52, 36, 40), 5.0))
"""Centres and radii of bright spots in the pipeline's image, in voxels."""


@torch.inference_mode()
def lowres_golden() -> dict:
    model = deterministic_lowres()
    x = torch.from_numpy(parity.network_input((1, *STAGE1_SHAPE)))[None]
    maps = model.stage1(x)
    return {
        "architecture": LOWRES,
        "stage1": {
            "input_shape": STAGE1_SHAPE,
            "outputs": {name: sample(values, SAMPLES) for name, values in zip(STAGE1_MAPS, maps, strict=True)},
        },
        "stage2": {
            "box": STAGE2_BOX,
            "outputs": {"Y": sample(inference.refine(model, x, maps, STAGE2_BOX), SAMPLES)},
        },
        "pipeline": pipeline_golden(model),
    }


def deterministic_lowres() -> LowRes:
    model = LowRes(LOWRES["features"])
    weights = {name: torch.from_numpy(values) for name, values in parity.weights(tensor_table(LOWRES)).items()}
    _, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected:
        raise ValueError(f"tensors that the network does not have: {unexpected}")
    return model.eval()


def pipeline_golden(model: LowRes) -> dict:
    image = pipeline_image()
    model.get_parameter("stage1.Y8.2.bn.bias").fill_(LAST_BIAS)
    prediction = inference.segment(model, image)
    inside = prediction.logits[prediction.logits > inference.NOTHING]
    return {
        "image_shape": IMAGE_SHAPE,
        "spots": [{"centre": centre, "radius": radius} for centre, radius in SPOTS],
        "last_bias": LAST_BIAS,
        "boxes": [{"low": box.low, "high": box.high} for box in prediction.boxes],
        "outside": int(prediction.logits.size - inside.size),
        "foreground": int((prediction.logits > 0).sum()),
        "logits": sample(torch.from_numpy(prediction.logits)[None, None], SAMPLES),
    }


def pipeline_image() -> np.ndarray:
    """A tenth of the deterministic input, plus 0.9 within the spots."""
    image = parity.network_input(IMAGE_SHAPE) * np.float32(0.1)
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in IMAGE_SHAPE), indexing="ij"), axis=-1)
    for centre, radius in SPOTS:
        image[((grid - np.array(centre)) ** 2).sum(axis=-1) <= radius**2] += np.float32(0.9)
    return image


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output", type=Path, help="folder for golden-NETWORK.json")


def run(arguments: argparse.Namespace) -> int:
    for name, golden in {"lowres": lowres_golden(), **golden_networks.all_golden()}.items():
        (arguments.output / f"golden-{name}.json").write_text(json.dumps(golden) + "\n")
    return 0

