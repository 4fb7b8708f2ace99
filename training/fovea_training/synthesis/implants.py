"""Putting lesions into an image: where, with which label, and when to think better of it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fovea_training.synthesis.bodies import Array, Spacing, render

MINIMUM_INNER_FRACTION = 0.6
"""Of the lesion's body, where implants are allowed."""


class Lesion(Protocol):
    """A `Body` that knows how it looks in an image."""

    minimum_change: float
    """Mean absolute change of intensity; a fainter implant would be a label on nothing."""

    def blend(self, host: Array, body: Array, core: Array, rng: np.random.Generator) -> Array:
        """The host's intensities with the lesion in them; `body` and `core` are what they fill of each voxel."""


@dataclass
class Canvas:
    """An image under construction; all arrays (x, y, z)."""

    image: Array
    """HU, or the signal of an MR image."""
    allowed: NDArray[np.bool_]
    """Where implants show: the lungs, the brain."""
    taken: NDArray[np.bool_]
    """Where no implant may go: real lesions."""
    labels: NDArray[np.uint8]
    """Number of the implant, from 1; 0 elsewhere."""
    spacing_mm: Spacing


def implant(canvas: Canvas, lesion: Lesion, centre: NDArray[np.intp], rng: np.random.Generator) -> bool:
    """Blends a lesion in at a voxel and labels it; returns False, with nothing changed, where it does not fit.

    It shows only where implants are allowed: what reaches into the chest wall is left out of image and label alike.
    """
    offset = tuple(float(rng.uniform(-0.5, 0.5) * step) for step in canvas.spacing_mm)
    body, core = render(lesion, offset, canvas.spacing_mm)
    there, here = overlap(canvas.image.shape, body.shape, centre)
    whole = float((body >= 0.5).sum())
    body, core = body[here], core[here]
    allowed = canvas.allowed[there]
    label = (body >= 0.5) & allowed
    if whole == 0 or label.sum() < max(3, MINIMUM_INNER_FRACTION * whole):
        return False
    if canvas.taken[there][label].any() or canvas.labels[there][label].any():
        return False
    host = canvas.image[there]
    changed = np.where(allowed, lesion.blend(host, body, core, rng), host)
    if np.abs(changed - host)[label].mean() < lesion.minimum_change:
        return False
    canvas.image[there] = changed
    canvas.labels[there][label] = canvas.labels.max() + 1
    return True


def overlap(shape: tuple[int, ...], size: tuple[int, ...], centre: NDArray[np.intp]) -> tuple[tuple, tuple]:
    """Where a small array of odd sides, centred on a voxel, lies in a large one: slices of both."""
    there, here = [], []
    for extent, side, middle in zip(shape, size, centre, strict=True):
        start = int(middle) - side // 2
        low, high = max(start, 0), min(start + side, extent)
        there.append(slice(low, max(high, low)))
        here.append(slice(low - start, max(high, low) - start))
    return tuple(there), tuple(here)


def add_tube(
    canvas: Canvas,
    centre: NDArray[np.intp],
    intensity: float,
    rng: np.random.Generator,
    radii_mm: tuple[float, float] = (0.8, 4.5),
) -> None:
    """Draws an unlabelled curved tube, a vessel that is not one, as a hard negative."""
    length, radius = rng.uniform(15, 60), rng.uniform(*radii_mm)
    ends = rng.normal(size=(3, 3))
    ends *= length / 2 / np.linalg.norm(ends, axis=1, keepdims=True)
    control = np.stack([-ends[0], 0.4 * ends[1], ends[0]])
    steps = np.linspace(0, 1, 60)[:, None]
    curve = (1 - steps) ** 2 * control[0] + 2 * steps * (1 - steps) * control[1] + steps**2 * control[2]
    spacing = np.array(canvas.spacing_mm)
    curve = curve + centre * spacing
    radii = radius * np.linspace(1, rng.uniform(0.3, 1), 60)
    low = np.maximum(np.floor((curve.min(0) - radius - 1) / spacing), 0).astype(int)
    high = np.minimum(np.ceil((curve.max(0) + radius + 1) / spacing) + 1, canvas.image.shape).astype(int)
    if (high <= low).any():
        return
    axes = [np.arange(a, b) * step for a, b, step in zip(low, high, spacing, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).astype(np.float32)
    distance, nearest = cKDTree(curve).query(grid)
    depth = radii[nearest] - distance
    there = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    body = np.clip(0.5 + depth / spacing.mean(), 0, 1) * canvas.allowed[there] * (canvas.labels[there] == 0)
    host = canvas.image[there]
    canvas.image[there] = np.maximum(host, host * (1 - body) + intensity * body)
