"""CT and MR images of heads, synthesised from label maps (the SynthSeg idea): random deformation, intensities per tissue,
partial volume, bias field and noise, so that one network learns the intracranial space in both."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.data.head_maps import HeadMap, Tissue

PIXEL_MM = 2.0
SIZE = 128
"""Pixels per side of a slice."""
FIELD_MM = 280.0
"""Over which deformations and blobs vary."""
SAMPLES = 4
"""Of the label map per voxel, for partial volume."""
CT_WINDOW_HU = (-150.0, 250.0)
PERCENTILES = (98.5, 99.8)
"""Of an MR volume, one of which becomes 1."""

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Stack:
    """Slices of a synthetic head: images between 0 and 1 and the intracranial space, both (slice, y, x)."""

    images: Array
    targets: NDArray[np.bool_]


class HeadSynthesis:
    """Draws stacks from head maps; everything random comes from the generator that is passed."""

    def __init__(self, maps: list[HeadMap], seed: int = 0) -> None:
        self.maps = maps
        rng = np.random.default_rng(seed)
        self.fields = [smooth_field(rng, 70, 1.5) for _ in range(6)]

    def draw(self, rng: np.random.Generator, slices: int, consecutive: bool) -> Stack:
        """`slices` of one head, next to each other from feet to head, or anywhere."""
        head = self.maps[rng.integers(len(self.maps))]
        space = Deformation(rng, head)
        thickness = float(rng.uniform(1, 6))
        heights = draw_heights(rng, head, slices, thickness, consecutive)
        field = self.fields[rng.integers(len(self.fields))]
        tissue_values = ct_values(rng) if rng.random() < 0.5 else mr_values(rng)
        lesions = draw_lesions(rng, head) if rng.random() < 0.3 else []
        images = np.zeros((slices, SIZE, SIZE), np.float32)
        covered = np.zeros((slices, SIZE, SIZE), np.float32)
        air = np.zeros((slices, SIZE, SIZE), np.float32)
        for _ in range(SAMPLES):
            points = space.points(heights, rng, thickness)
            tissues, inside = fetch(head.tissues, points), fetch(head.intracranial, points)
            values = tissue_values.sample(tissues, fetch_field(field, points))
            for lesion in lesions:
                values[lesion.covers(points) & (inside > 0)] = tissue_values.lesion(lesion.level)
            images += values / SAMPLES
            covered += inside / SAMPLES
            air += (tissues == Tissue.AIR) / SAMPLES
        return Stack(tissue_values.finish(images, air > 0.99, rng), covered >= 0.5)


def draw_heights(
    rng: np.random.Generator, head: HeadMap, slices: int, thickness: float, consecutive: bool
) -> NDArray[np.float64]:
    """Positions along the oblique axis, in mm from the middle of the head."""
    half = head.tissues.shape[0] / 2
    if not consecutive:
        return rng.uniform(-half, half, slices)
    extent = thickness * (slices - 1)
    low = rng.uniform(-half, max(-half, half - extent)) if extent < 2 * half else -extent / 2
    return low + thickness * np.arange(slices)


class Deformation:
    """From a slice's pixels, in mm, to voxels of a head map."""

    def __init__(self, rng: np.random.Generator, head: HeadMap) -> None:
        scale = rng.uniform(0.85, 1.15, 3) * rng.uniform(0.9, 1.1)
        shear = np.eye(3) + rng.normal(0, 0.04, (3, 3)) * (1 - np.eye(3))
        flip = np.diag([1, 1, rng.choice([-1, 1])])
        self.matrix = rotation(np.radians(rng.normal(0, (8, 6, 10)))) @ shear @ np.diag(1 / scale) @ flip
        self.centre = np.array(head.tissues.shape) / 2 + rng.uniform(-15, 15, 3)
        points = int(rng.integers(4, 9))
        self.displacement = rng.normal(0, rng.uniform(0, 6), (3, points, points, points))

    def points(self, heights: NDArray[np.float64], rng: np.random.Generator, thickness: float) -> Array:
        """(3, slice, y, x) in voxels of the map, jittered within a voxel of the slice."""
        axis = (np.arange(SIZE) - (SIZE - 1) / 2) * PIXEL_MM
        shape = (len(heights), SIZE, SIZE)
        jitter = [thickness, PIXEL_MM, PIXEL_MM] * rng.uniform(-0.5, 0.5, (len(heights), 3))
        grid = np.empty((3, *shape), np.float32)
        grid[0] = (heights + jitter[:, 0])[:, None, None]
        grid[1] = axis[None, :, None] + jitter[:, 1][:, None, None]
        grid[2] = axis[None, None, :] + jitter[:, 2][:, None, None]
        count = self.displacement.shape[1]
        places = (grid / FIELD_MM + 0.5) * (count - 1)
        moved = [ndimage.map_coordinates(part, places, order=1, mode="nearest") for part in self.displacement]
        mapped = np.tensordot(self.matrix, grid, axes=1) + np.stack(moved)
        return (mapped + self.centre[:, None, None, None]).astype(np.float32)


def rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """About z, y and x, in radians."""
    result = np.eye(3)
    for axis, angle in enumerate(angles):
        turn = np.eye(3)
        first, second = [other for other in range(3) if other != axis]
        turn[first, first] = turn[second, second] = np.cos(angle)
        turn[first, second], turn[second, first] = -np.sin(angle), np.sin(angle)
        result = turn @ result
    return result


def fetch(volume: NDArray, points: Array) -> NDArray:
    """The nearest voxel of (z, y, x); 0 outside."""
    indices = np.rint(points).astype(np.int32)
    inside = np.ones(points.shape[1:], np.bool_)
    for axis, count in enumerate(volume.shape):
        inside &= (indices[axis] >= 0) & (indices[axis] < count)
        np.clip(indices[axis], 0, count - 1, out=indices[axis])
    return volume[indices[0], indices[1], indices[2]] * inside


def fetch_field(field: Array, points: Array) -> Array:
    """A field that covers FIELD_MM, repeated."""
    count = field.shape[0]
    indices = np.rint(points * (count / FIELD_MM)).astype(np.int32) % count
    return field[indices[0], indices[1], indices[2]]


def smooth_field(rng: np.random.Generator, count: int, sigma: float) -> Array:
    """Correlated noise of zero mean and unit deviation, (count, count, count), periodic."""
    noise = ndimage.gaussian_filter(rng.standard_normal((count,) * 3), sigma, mode="wrap")
    return (noise / noise.std()).astype(np.float32)


@dataclass(frozen=True)
class Lesion:
    """A ball with a level between 0 and 1 of its own."""

    centre: NDArray[np.float64]
    radius: float
    level: float

    def covers(self, points: Array) -> NDArray[np.bool_]:
        return ((points - self.centre[:, None, None, None]) ** 2).sum(axis=0) < self.radius**2


def draw_lesions(rng: np.random.Generator, head: HeadMap) -> list[Lesion]:
    places = np.argwhere(head.intracranial[::4, ::4, ::4]) * 4.0
    return [
        Lesion(places[rng.integers(len(places))], float(rng.uniform(3, 25)), float(rng.random()))
        for _ in range(rng.integers(1, 4))
    ]


@dataclass(frozen=True)
class TissueValues:
    """The intensities of one image: mean and texture per tissue, fat among the soft tissue, and what the scanner adds."""

    mean: Array
    texture: Array
    fat: float
    fat_threshold: float
    lesion: Callable[[float], float]
    finish: Callable[[Array, NDArray[np.bool_], np.random.Generator], Array]

    def sample(self, tissues: NDArray[np.uint8], field: Array) -> Array:
        values = self.mean[tissues] + self.texture[tissues] * field
        fatty = ((tissues == Tissue.SOFT_TISSUE) | (tissues == Tissue.SKIN)) & (field > self.fat_threshold)
        values[fatty] = self.fat
        return values.astype(np.float32)


def ct_values(rng: np.random.Generator) -> TissueValues:
    """HU."""
    white, csf = rng.uniform(24, 33), rng.uniform(0, 14)
    grey = white + rng.uniform(3, 12)
    vessel = rng.uniform(90, 350) if rng.random() < 0.2 else rng.uniform(35, 65)
    soft = rng.uniform(30, 65)
    means = {
        Tissue.AIR: -1000, Tissue.WHITE_MATTER: white, Tissue.CEREBELLAR_WHITE: white + rng.uniform(-2, 3),
        Tissue.CORTEX: grey, Tissue.DEEP_GREY: grey + rng.uniform(-3, 3), Tissue.CEREBELLAR_CORTEX: grey,
        Tissue.BRAIN_STEM: (white + grey) / 2, Tissue.VENTRICLE: csf, Tissue.CSF: csf + rng.uniform(0, 6),
        Tissue.ARTERY: vessel, Tissue.VEIN: vessel + rng.uniform(-10, 10), Tissue.EYE: rng.uniform(0, 25),
        Tissue.EYE_MUSCLE: soft, Tissue.OPTIC_NERVE: soft, Tissue.MUCOSA: rng.uniform(20, 60),
        Tissue.SOFT_TISSUE: soft, Tissue.SKIN: rng.uniform(-20, 60), Tissue.CORD: rng.uniform(25, 45),
        Tissue.CORTICAL_BONE: rng.uniform(600, 1700), Tissue.CANCELLOUS_BONE: rng.uniform(150, 900),
    }  # fmt: skip
    texture = np.full(len(Tissue), rng.uniform(0, 3), np.float32)
    texture[[Tissue.CORTICAL_BONE, Tissue.CANCELLOUS_BONE]] = rng.uniform(20, 150)
    texture[Tissue.SOFT_TISSUE] = rng.uniform(3, 20)
    return TissueValues(
        as_table(means), texture, rng.uniform(-115, -70), rng.uniform(-0.8, 1.2), lambda level: 5 + 85 * level, finish_ct
    )


def mr_values(rng: np.random.Generator) -> TissueValues:
    """Signal; bone and air are dark."""
    means = {tissue: rng.uniform(0.05, 1) for tissue in Tissue} | {Tissue.AIR: rng.uniform(0, 0.03)}
    contrast = rng.random()
    if contrast < 0.45:  # T1
        white = rng.uniform(0.65, 0.9)
        means |= brain_means(rng, white, white * rng.uniform(0.65, 0.85), white * rng.uniform(0.15, 0.4))
    elif contrast < 0.65:  # T2 or FLAIR
        white = rng.uniform(0.3, 0.5)
        csf = rng.uniform(0.05, 0.25) if rng.random() < 0.5 else rng.uniform(0.75, 1)
        means |= brain_means(rng, white, white * rng.uniform(1.2, 1.6), csf)
    if contrast < 0.65:
        means |= {Tissue.CORTICAL_BONE: rng.uniform(0.02, 0.15), Tissue.CANCELLOUS_BONE: rng.uniform(0.2, 0.8)}
        means |= {Tissue.SOFT_TISSUE: rng.uniform(0.25, 0.55), Tissue.SKIN: rng.uniform(0.3, 0.8)}
    texture = rng.uniform(0, 0.06, len(Tissue)).astype(np.float32)
    return TissueValues(
        as_table(means), texture, rng.uniform(0.5, 1.1), rng.uniform(-0.8, 1.2), lambda level: level, finish_mr
    )


def brain_means(rng: np.random.Generator, white: float, grey: float, csf: float) -> dict[Tissue, float]:
    return {
        Tissue.WHITE_MATTER: white, Tissue.CEREBELLAR_WHITE: white * rng.uniform(0.95, 1.05), Tissue.CORTEX: grey,
        Tissue.CEREBELLAR_CORTEX: grey * rng.uniform(0.95, 1.05), Tissue.DEEP_GREY: rng.uniform(*sorted((grey, white))),
        Tissue.BRAIN_STEM: rng.uniform(*sorted((grey, white))), Tissue.VENTRICLE: csf, Tissue.CSF: csf,
        Tissue.CORD: rng.uniform(*sorted((grey, white))),
    }  # fmt: skip


def as_table(means: dict[Tissue, float]) -> Array:
    return np.array([means[tissue] for tissue in Tissue], np.float32)


def finish_ct(images: Array, air: NDArray[np.bool_], rng: np.random.Generator) -> Array:
    """Head rest, blur, noise and drift in HU; then the window as 0 to 1."""
    if rng.random() < 0.5:
        images[:, air_arc(rng)] = rng.uniform(-200, 250)
    images = ndimage.gaussian_filter(images, (0, *[rng.uniform(0, 1)] * 2))
    noise = rng.standard_normal(images.shape).astype(np.float32)
    if rng.random() < 0.5:
        noise = ndimage.gaussian_filter(noise, (0, 0.7, 0.7)) * 2.5
    images += noise * np.float32(rng.uniform(1.5, 25)) + np.float32(rng.uniform(-8, 8))
    limit_field_of_view(images, -1000, rng)
    low, high = CT_WINDOW_HU
    return np.clip((images - low) / (high - low), 0, 1)


def air_arc(rng: np.random.Generator) -> NDArray[np.bool_]:
    """A head rest: a thin arc behind the head, (y, x)."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    radius = rng.uniform(48, 62)
    return (np.abs(np.hypot(y - rng.uniform(-6, 6), x) - radius) < rng.uniform(0.7, 2)) & (y > rng.uniform(10, 35))


def finish_mr(images: Array, air: NDArray[np.bool_], rng: np.random.Generator) -> Array:
    """Bias field, blur and Rician noise; then a percentile as 1, and gamma."""
    coarse = rng.normal(0, rng.uniform(0, 0.35), (2, 4, 4))
    bias = ndimage.zoom(coarse, [n / m for n, m in zip(images.shape, coarse.shape, strict=True)], order=1)
    images = ndimage.gaussian_filter(images * np.exp(bias), (0, *[rng.uniform(0, 1)] * 2))
    sigma = rng.uniform(0, 0.07)
    images = np.hypot(images + sigma * rng.standard_normal(images.shape), sigma * rng.standard_normal(images.shape))
    limit_field_of_view(images, 0, rng)
    high = np.percentile(images, rng.uniform(*PERCENTILES))
    gamma = np.exp(rng.normal(0, 0.2))
    return (np.clip(images / max(high, 1e-3), 0, 1) ** gamma).astype(np.float32)


def limit_field_of_view(images: Array, outside: float, rng: np.random.Generator) -> None:
    """Cuts to a circle or to rows, in 15 % of the stacks."""
    if rng.random() >= 0.15:
        return
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    if rng.random() < 0.5:
        images[:, np.hypot(y, x) > rng.uniform(42, 64)] = outside
    else:
        images[:, np.abs(x) > rng.uniform(38, 64)] = outside
