"""A sample of an activation: enough to hold another implementation to it, small enough to commit."""

import numpy as np
from torch import Tensor

from fovea_training import inference


def sample(values: Tensor, count: int) -> dict:
    """Shape without the batch, range, and values at `count` positions spread over the array, both corners included."""
    array = values[0].numpy()
    flat = np.ascontiguousarray(array).reshape(-1)
    positions = np.unique(np.linspace(0, flat.size - 1, count).astype(np.int64))
    finite = flat[flat > inference.NOTHING]
    return {
        "shape": list(array.shape),
        "range": float(finite.max() - finite.min()),
        "positions": positions.tolist(),
        "values": [float(f"{value:.8g}") for value in flat[positions]],
    }
