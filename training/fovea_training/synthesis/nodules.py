"""Lung nodules of 3 to 30 mm, drawn at random and implanted into a real chest CT.

A nodule is an ellipsoid with bumps, on a quarter of them spicules: a star-shaped body whose radius depends on the
direction. Solid, part-solid and ground-glass ones differ in how they are blended with the host.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Spacing = tuple[float, float, float]
Array = NDArray[np.float32]

SMALLNESS = 1.5
"""1 draws diameters log-uniformly; more draws smaller ones."""


class Consistency(Enum):
    """How dense a nodule is."""

    SOLID = "solid"
    PART_SOLID = "part-solid"
    GROUND_GLASS = "ground-glass"


@dataclass(frozen=True)
class Nodule:
    """A nodule before it is put anywhere. The surface lies at radius = 1 + sum of bumps, in ellipsoid coordinates."""

    semi_axes_mm: NDArray[np.float64]
    rotation: NDArray[np.float64]
    bump_directions: NDArray[np.float64]
    """(n, 3), unit vectors."""
    bump_heights: NDArray[np.float64]
    bump_sharpness: NDArray[np.float64]
    consistency: Consistency
    hu: float
    """Of the solid part; of ground glass, what it adds to the host."""
    core_fraction: float
    """Radius of the solid core of a part-solid nodule."""
    noise_hu: float
    edge_mm: float
    """Half-width of the blurred edge."""
    takes_maximum: bool
    """Whether a solid nodule leaves brighter host voxels (vessels, ribs) as they are."""

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
        """No part of the nodule is farther from its centre."""
        return float(self.semi_axes_mm.max() * self.highest + 2 * self.edge_mm)


def draw_diameter_mm(rng: np.random.Generator, low: float = 3.5, high: float = 28.0) -> float:
    """Half of them below 7.3 mm: a large nodule fills a hundred times the cells of a small one."""
    return float(low * (high / low) ** (rng.random() ** SMALLNESS))


def draw_nodule(rng: np.random.Generator, diameter_mm: float, spacing_mm: Spacing) -> Nodule:
    """A random nodule of about this diameter, with an edge as blurred as the scan's plane suggests."""
    axes = np.exp(rng.normal(0, 0.16, 3))
    axes *= diameter_mm / 2 / np.cbrt(axes.prod())
    count = int(rng.integers(3, 7))
    heights, sharpness = rng.uniform(-0.22, 0.32, count), rng.uniform(2, 8, count)
    if rng.random() < 0.25:
        spicules = int(rng.integers(5, 16))
        heights = np.append(heights, rng.uniform(0.3, 0.9, spicules))
        sharpness = np.append(sharpness, rng.uniform(40, 150, spicules))
    consistency = draw_consistency(rng, diameter_mm)
    return Nodule(
        semi_axes_mm=axes,
        rotation=random_rotation(rng),
        bump_directions=random_directions(rng, heights.size),
        bump_heights=heights,
        bump_sharpness=sharpness,
        consistency=consistency,
        hu=draw_hu(rng, consistency),
        core_fraction=float(rng.uniform(0.35, 0.75)),
        noise_hu=float(rng.uniform(10, 35)),
        edge_mm=float(rng.uniform(0.25, 0.6) * np.mean(spacing_mm[:2])),
        takes_maximum=bool(rng.random() < 0.7),
    )


def draw_consistency(rng: np.random.Generator, diameter_mm: float) -> Consistency:
    """Solid 72 %, part-solid 13 %, ground glass 15 %; below 5 mm nothing subsolid could be told from noise."""
    if diameter_mm < 5:
        return Consistency.SOLID
    choices = [Consistency.SOLID, Consistency.PART_SOLID, Consistency.GROUND_GLASS]
    return choices[int(rng.choice(3, p=[0.72, 0.13, 0.15]))]


def draw_hu(rng: np.random.Generator, consistency: Consistency) -> float:
    """20 +- 45 HU for solid parts, a tenth of the solid nodules calcified; +220 to +480 HU for ground glass."""
    if consistency is Consistency.GROUND_GLASS:
        return float(rng.uniform(220, 480))
    if consistency is Consistency.SOLID and rng.random() < 0.1:
        return float(rng.uniform(200, 700))
    return float(rng.normal(20, 45))


def random_directions(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Unit vectors, uniform on the sphere: (count, 3)."""
    vectors = rng.normal(size=(count, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def random_rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """A rotation matrix (a random basis; reflections do no harm)."""
    return np.linalg.qr(rng.normal(size=(3, 3)))[0]


def render(nodule: Nodule, offset_mm: Spacing, spacing_mm: Spacing) -> tuple[Array, Array]:
    """The fraction of each voxel that the nodule fills, and that its solid core fills, on a cube around it.

    The cube has an odd number of voxels per axis; the nodule's centre is `offset_mm` from its central voxel's centre.
    Thick slices and small nodules are supersampled.
    """
    half = [int(np.ceil((nodule.reach_mm + step) / step)) for step in spacing_mm]
    plane = 2 if nodule.semi_axes_mm.mean() < 6 else 1
    factors = [plane, plane, max(plane, round(plane * spacing_mm[2] / spacing_mm[0]))]
    axes = []
    for count, step, factor, shift in zip(half, spacing_mm, factors, offset_mm, strict=True):
        positions = (np.arange((2 * count + 1) * factor) + 0.5) / factor - count - 0.5
        axes.append((positions * step - shift).astype(np.float32))
    depth = depth_mm(nodule, axes)
    finest = min(step / factor for step, factor in zip(spacing_mm, factors, strict=True))
    width = max(nodule.edge_mm, 0.5 * finest)
    body = np.clip(0.5 + depth / (2 * width), 0, 1)
    shrink = float(nodule.semi_axes_mm.mean()) * (1 - nodule.core_fraction)
    core = np.clip(0.5 + (depth - shrink) / (2 * width), 0, 1)
    return average_blocks(body, factors), average_blocks(core, factors)


def depth_mm(nodule: Nodule, axes: list[Array]) -> Array:
    """About how deep below the surface each sample of a grid lies; negative outside."""
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    unit = (grid @ nodule.rotation.astype(np.float32)) / nodule.semi_axes_mm.astype(np.float32)
    radius = np.maximum(np.sqrt(np.einsum("...i,...i", unit, unit)), 1e-6)
    near = radius < nodule.highest + 0.2
    depth = np.full(radius.shape, -100.0, np.float32)
    surface = nodule.surface(unit[near] / radius[near, None])
    depth[near] = (surface - radius[near]) * nodule.semi_axes_mm.mean()
    return depth


def average_blocks(samples: Array, factors: list[int]) -> Array:
    """Means over blocks of `factors` samples."""
    x, y, z = (size // factor for size, factor in zip(samples.shape, factors, strict=True))
    blocks = samples.reshape(x, factors[0], y, factors[1], z, factors[2])
    return blocks.mean(axis=(1, 3, 5), dtype=np.float32)


def blend(host: Array, body: Array, core: Array, nodule: Nodule, rng: np.random.Generator) -> Array:
    """The host's intensities with the nodule in them; all arrays (x, y, z), intensities in HU."""
    grain = ndimage.gaussian_filter(rng.normal(size=host.shape).astype(np.float32), 0.7)
    noise = nodule.noise_hu * grain / max(float(grain.std()), 1e-6)
    if nodule.consistency is Consistency.GROUND_GLASS:
        return host + body * (nodule.hu + noise) * (host < nodule.hu)
    veil = host
    if nodule.consistency is Consistency.PART_SOLID:
        veil, body = host + body * (300 + noise) * (host < -200), core
    solid = veil * (1 - body) + (nodule.hu + noise) * body
    return np.maximum(veil, solid) if nodule.takes_maximum else solid
