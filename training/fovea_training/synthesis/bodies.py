"""Star-shaped bodies, which lesions of every kind are: ellipsoids with bumps, and what they fill of each voxel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Spacing = tuple[float, float, float]
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Body:
    """A lesion's shape before it is put anywhere.

    Its surface's radius depends on the direction: 1 + the sum of bumps, in ellipsoid coordinates.
    """

    semi_axes_mm: NDArray[np.float64]
    rotation: NDArray[np.float64]
    bump_directions: NDArray[np.float64]
    """(n, 3), unit vectors."""
    bump_heights: NDArray[np.float64]
    bump_sharpness: NDArray[np.float64]
    core_fraction: float
    """Radius of its core (solid in a nodule, necrotic in a metastasis), where it has one."""
    edge_mm: float
    """Half-width of the blurred edge."""

    def surface(self, directions: NDArray[np.floating]) -> Array:
        """The surface's radius along unit vectors (n, 3), in ellipsoid coordinates: (n,), 0.5 to `highest`."""
        radius = np.ones(len(directions), np.float32)
        bumps = zip(self.bump_directions, self.bump_heights, self.bump_sharpness, strict=True)
        for direction, height, sharpness in bumps:
            closeness = directions @ direction.astype(np.float32)
            radius += height * np.exp(sharpness * (closeness - 1))
        return np.clip(radius, 0.5, None)

    @property
    def highest(self) -> float:
        """The surface's largest radius: it lies at a bump, or there is none above 1."""
        return float(self.surface(self.bump_directions).max(initial=1.0))

    @property
    def reach_mm(self) -> float:
        """No part of the body is farther from its centre."""
        return float(self.semi_axes_mm.max() * self.highest + 2 * self.edge_mm)


def draw_body(
    rng: np.random.Generator, diameter_mm: float, spacing_mm: Spacing, spicule_probability: float = 0.0
) -> Body:
    """A random body of about this diameter, with an edge as blurred as the scan's plane suggests."""
    axes = np.exp(rng.normal(0, 0.16, 3))
    axes *= diameter_mm / 2 / np.cbrt(axes.prod())
    count = int(rng.integers(3, 7))
    heights, sharpness = rng.uniform(-0.22, 0.32, count), rng.uniform(2, 8, count)
    if rng.random() < spicule_probability:
        spicules = int(rng.integers(5, 16))
        heights = np.append(heights, rng.uniform(0.3, 0.9, spicules))
        sharpness = np.append(sharpness, rng.uniform(40, 150, spicules))
    return Body(
        semi_axes_mm=axes,
        rotation=random_rotation(rng),
        bump_directions=random_directions(rng, heights.size),
        bump_heights=heights,
        bump_sharpness=sharpness,
        core_fraction=float(rng.uniform(0.35, 0.75)),
        edge_mm=float(rng.uniform(0.25, 0.6) * np.mean(spacing_mm[:2])),
    )


def random_directions(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Unit vectors, uniform on the sphere: (count, 3)."""
    vectors = rng.normal(size=(count, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def random_rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """A rotation matrix (a random basis; reflections do no harm)."""
    return np.linalg.qr(rng.normal(size=(3, 3)))[0]


def render(body: Body, offset_mm: Spacing, spacing_mm: Spacing) -> tuple[Array, Array]:
    """The fraction of each voxel that the body fills, and that its core fills, on a cube around it.

    The cube has an odd number of voxels per axis; the body's centre is `offset_mm` from its central voxel's centre.
    Thick slices and small bodies are supersampled.
    """
    half = [int(np.ceil((body.reach_mm + step) / step)) for step in spacing_mm]
    plane = 2 if body.semi_axes_mm.mean() < 6 else 1
    factors = [plane, plane, max(plane, round(plane * spacing_mm[2] / spacing_mm[0]))]
    axes = []
    for count, step, factor, shift in zip(half, spacing_mm, factors, offset_mm, strict=True):
        positions = (np.arange((2 * count + 1) * factor) + 0.5) / factor - count - 0.5
        axes.append((positions * step - shift).astype(np.float32))
    depth = depth_mm(body, axes)
    finest = min(step / factor for step, factor in zip(spacing_mm, factors, strict=True))
    width = max(body.edge_mm, 0.5 * finest)
    whole = np.clip(0.5 + depth / (2 * width), 0, 1)
    shrink = float(body.semi_axes_mm.mean()) * (1 - body.core_fraction)
    core = np.clip(0.5 + (depth - shrink) / (2 * width), 0, 1)
    return average_blocks(whole, factors), average_blocks(core, factors)


def depth_mm(body: Body, axes: list[Array]) -> Array:
    """About how deep below the surface each sample of a grid lies; negative outside."""
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    unit = (grid @ body.rotation.astype(np.float32)) / body.semi_axes_mm.astype(np.float32)
    radius = np.maximum(np.sqrt(np.einsum("...i,...i", unit, unit)), 1e-6)
    near = radius < body.highest + 0.2
    depth = np.full(radius.shape, -100.0, np.float32)
    surface = body.surface(unit[near] / radius[near, None])
    depth[near] = (surface - radius[near]) * body.semi_axes_mm.mean()
    return depth


def average_blocks(samples: Array, factors: list[int]) -> Array:
    """Means over blocks of `factors` samples."""
    x, y, z = (size // factor for size, factor in zip(samples.shape, factors, strict=True))
    blocks = samples.reshape(x, factors[0], y, factors[1], z, factors[2])
    return blocks.mean(axis=(1, 3, 5), dtype=np.float32)
