"""CT and MR images of heads, synthesised from label maps (the SynthSeg idea): random deformation, intensities per
tissue, partial volume, bias field and noise, so that one network learns the intracranial space in both."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.data.head_maps import INTRACRANIAL, TISSUE_BITS, HeadMap, Tissue

FIELD_MM = 280.0
"""Over which deformations and blobs vary."""
SAMPLES = 4
"""Of the label map per voxel, for partial volume."""
CT_WINDOW_HU = (-150.0, 250.0)
PERCENTILES = (98.5, 99.8)
"""Of an MR volume, one of which becomes 1."""
CT, MR = "CT", "MR"

Array = NDArray[np.float32]
Finish = Callable[["Canvas", np.random.Generator], Array]


@dataclass(frozen=True)
class Raster:
    """The pixels of a slice."""

    size: int = 128
    pixel_mm: float = 2.0

    def axis(self) -> NDArray[np.float64]:
        """Positions of the pixels in mm from the middle."""
        return (np.arange(self.size) - (self.size - 1) / 2) * self.pixel_mm


TRAINING = Raster()
"""What the network is trained on."""


@dataclass(frozen=True)
class Stack:
    """Slices of a head (slice, y, x) from feet to head: images in HU or in signal, or between 0 and 1 as the network
    sees them, and the intracranial space."""

    images: Array
    targets: NDArray[np.bool_]
    modality: str
    spacing_mm: float
    """From slice to slice."""


@dataclass(frozen=True)
class Mixture:
    """Shares of the heads that are drawn."""

    ct: float = 0.5
    stripped: float = 0.08
    """Of the MR heads: nothing left outside of the skull's inside, as after brain extraction."""


class HeadSynthesis:
    """Draws stacks from head maps; everything random comes from the generator that is passed."""

    def __init__(self, maps: list[HeadMap], mixture: Mixture = Mixture(), seed: int = 0) -> None:
        self.maps, self.mixture = maps, mixture
        rng = np.random.default_rng(seed)
        self.fields = [smooth_field(rng, 70, 1.5) for _ in range(6)]

    def draw(self, rng: np.random.Generator, slices: int, consecutive: bool) -> Stack:
        """`slices` of one head as the network sees them, next to each other from feet to head, or anywhere."""
        head, modality, spacing = self.choose(rng)
        heights = draw_heights(rng, head, slices, spacing, consecutive)
        stack = self.paint(rng, head, heights, spacing, modality, TRAINING)
        normalise = normalise_ct if modality == CT else normalise_mr
        return Stack(normalise(stack.images, rng), stack.targets, modality, spacing)

    def draw_whole(self, rng: np.random.Generator, modality: str, raster: Raster) -> Stack:
        """A whole head, in HU or in signal."""
        head, _, spacing = self.choose(rng)
        half = head.voxels.shape[0] / 2
        return self.paint(rng, head, np.arange(-half, half, spacing), spacing, modality, raster)

    def choose(self, rng: np.random.Generator) -> tuple[HeadMap, str, float]:
        """A head, a modality and the distance of the slices."""
        head = self.maps[rng.integers(len(self.maps))]
        return head, CT if rng.random() < self.mixture.ct else MR, float(rng.uniform(0.8, 6))

    def paint(
        self, rng: np.random.Generator, head: HeadMap, heights: NDArray, spacing: float, modality: str, raster: Raster
    ) -> Stack:
        """Slices at `heights`, in mm from the middle of the head, as a scanner would give them."""
        deformation = Deformation(rng, head)
        places = deformation.places(heights, raster)
        field = self.fields[rng.integers(len(self.fields))]
        values = ct_values(rng) if modality == CT else mr_values(rng)
        lesions = draw_lesions(rng, head) if rng.random() < 0.3 else []
        stripped = modality == MR and rng.random() < self.mixture.stripped
        images = np.zeros(places.shape[1:], np.float32)
        covered = np.zeros(places.shape[1:], np.float32)
        for _ in range(SAMPLES):
            points = places + deformation.jitter(len(heights), spacing, raster, rng)
            voxels = fetch(head.voxels, points)
            tissues, inside = voxels & TISSUE_BITS, voxels >= INTRACRANIAL
            if stripped:
                tissues = tissues * inside
            sample = values.sample(tissues, fetch_field(field, points))
            for lesion in lesions:
                sample[lesion.covers(points) & inside] = values.lesion(lesion.level)
            images += sample / SAMPLES
            covered += inside / np.float32(SAMPLES)
        return Stack(values.finish(Canvas(images, raster), rng), covered >= 0.5, modality, spacing)


def draw_heights(
    rng: np.random.Generator, head: HeadMap, slices: int, spacing: float, consecutive: bool
) -> NDArray[np.float64]:
    """Positions along the oblique axis, in mm from the middle of the head."""
    half = head.voxels.shape[0] / 2
    if not consecutive:
        return rng.uniform(-half, half, slices)
    extent = spacing * (slices - 1)
    low = rng.uniform(-half, max(-half, half - extent)) if extent < 2 * half else -extent / 2
    return low + spacing * np.arange(slices)


class Deformation:
    """From a slice's pixels, in mm, to voxels of a head map."""

    def __init__(self, rng: np.random.Generator, head: HeadMap) -> None:
        scale = rng.uniform(0.85, 1.15, 3) * rng.uniform(0.9, 1.1)
        shear = np.eye(3) + rng.normal(0, 0.04, (3, 3)) * (1 - np.eye(3))
        flip = np.diag([1, 1, rng.choice([-1, 1])])
        self.matrix = rotation(np.radians(rng.normal(0, (8, 6, 10)))) @ shear @ np.diag(1 / scale) @ flip
        self.centre = np.array(head.voxels.shape) / 2 + rng.uniform(-15, 15, 3)
        points = int(rng.integers(4, 9))
        self.displacement = rng.normal(0, rng.uniform(0, 6), (3, points, points, points)).astype(np.float32)

    def places(self, heights: NDArray[np.float64], raster: Raster) -> Array:
        """(3, slice, y, x): the middles of the voxels, in voxels of the map."""
        return self.at((heights, raster.axis(), raster.axis()))

    def at(self, axes: tuple[NDArray[np.float64], ...]) -> Array:
        """(3, z, y, x): positions along z, y and x, in mm from the middle of the head, in voxels of the map."""
        grid = np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)
        moved = self.displacement
        for axis, positions in enumerate(axes, start=1):
            moved = interpolate(moved, positions, axis)
        mapped = np.tensordot(self.matrix.astype(np.float32), grid, axes=1)
        return mapped + moved + self.centre.astype(np.float32)[:, None, None, None]

    def jitter(self, slices: int, spacing: float, raster: Raster, rng: np.random.Generator) -> Array:
        """(3, slice, 1, 1): somewhere within a voxel, for each slice anew."""
        within = rng.uniform(-0.5, 0.5, (3, slices)) * np.array([spacing, raster.pixel_mm, raster.pixel_mm])[:, None]
        return (self.matrix @ within).astype(np.float32)[:, :, None, None]


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


def interpolate(values: Array, positions_mm: NDArray[np.float64], axis: int) -> Array:
    """Linear along one axis, whose values lie evenly over FIELD_MM around 0; constant beyond."""
    count = values.shape[axis]
    controls = np.clip((positions_mm / FIELD_MM + 0.5) * (count - 1), 0, count - 1)
    weights = np.maximum(0, 1 - np.abs(controls[:, None] - np.arange(count))).astype(np.float32)
    return np.moveaxis(np.tensordot(weights, values, axes=(1, axis)), 0, axis)


def fetch(volume: NDArray[np.uint8], points: Array) -> NDArray[np.uint8]:
    """The nearest voxel of (z, y, x); 0 outside."""
    flat = np.zeros(points.shape[1:], np.int32)
    inside = np.ones(points.shape[1:], np.bool_)
    for axis, count in enumerate(volume.shape):
        index = np.rint(points[axis]).astype(np.int32)
        inside &= (index >= 0) & (index < count)
        flat = flat * count + index
    return np.where(inside, volume.ravel()[np.where(inside, flat, 0)], np.uint8(0))


def fetch_field(field: Array, points: Array) -> Array:
    """A field that covers FIELD_MM, repeated."""
    count = field.shape[0]
    flat = np.zeros(points.shape[1:], np.int32)
    for axis in range(3):
        flat = flat * count + (points[axis] * np.float32(count / FIELD_MM)).astype(np.int32) % count
    return field.ravel()[flat]


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
        return ((points - self.centre[:, None, None, None].astype(np.float32)) ** 2).sum(axis=0) < self.radius**2


def draw_lesions(rng: np.random.Generator, head: HeadMap) -> list[Lesion]:
    places = np.argwhere(head.voxels[::4, ::4, ::4] >= INTRACRANIAL) * 4.0
    return [
        Lesion(places[rng.integers(len(places))], float(rng.uniform(3, 25)), float(rng.random()))
        for _ in range(rng.integers(1, 4))
    ]


@dataclass(frozen=True)
class Canvas:
    """What was sampled from the map, before the scanner adds its own."""

    images: Array
    raster: Raster


@dataclass(frozen=True)
class TissueValues:
    """The intensities of one image: mean and texture per tissue, fat in the soft tissue, and what the scanner adds."""

    mean: Array
    texture: Array
    fat: float
    fat_threshold: float
    lesion: Callable[[float], float]
    finish: Finish

    def sample(self, tissues: NDArray[np.uint8], field: Array) -> Array:
        values = self.mean[tissues] + self.texture[tissues] * field
        fatty = ((tissues == Tissue.SOFT_TISSUE) | (tissues == Tissue.SKIN)) & (field > self.fat_threshold)
        values[fatty] = self.fat
        return values


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
        as_table(means), texture, rng.uniform(-115, -70), rng.uniform(-0.8, 1.2),
        lambda level: 5 + 85 * level, finish_ct,
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


def finish_ct(canvas: Canvas, rng: np.random.Generator) -> Array:
    """Head rest, blur, noise and drift, in HU."""
    images, raster = canvas.images, canvas.raster
    if rng.random() < 0.5:
        images[:, head_rest(raster, rng)] = rng.uniform(-200, 250)
    images = blur(images, raster, rng)
    noise = rng.standard_normal(images.shape, np.float32)
    if rng.random() < 0.5:
        noise = ndimage.gaussian_filter(noise, (0, 0.7, 0.7)) * 2.5
    images += noise * np.float32(rng.uniform(1.5, 25)) + np.float32(rng.uniform(-8, 8))
    limit_field_of_view(images, raster, -1000, rng)
    return images


def normalise_ct(images: Array, rng: np.random.Generator) -> Array:
    """The window as 0 to 1."""
    low, high = CT_WINDOW_HU
    return np.clip((images - low) / (high - low), 0, 1)


def finish_mr(canvas: Canvas, rng: np.random.Generator) -> Array:
    """Bias field, blur and Rician noise."""
    coarse = rng.normal(0, rng.uniform(0, 0.35), (2, 4, 4))
    bias = ndimage.zoom(coarse, [n / m for n, m in zip(canvas.images.shape, coarse.shape, strict=True)], order=1)
    images = blur(canvas.images * np.exp(bias).astype(np.float32), canvas.raster, rng)
    sigma = np.float32(rng.uniform(0, 0.07))
    real, imaginary = (rng.standard_normal(images.shape, np.float32) for _ in range(2))
    images = np.hypot(images + sigma * real, sigma * imaginary)
    limit_field_of_view(images, canvas.raster, 0, rng)
    return images


def normalise_mr(images: Array, rng: np.random.Generator) -> Array:
    """A high percentile as 1, and gamma."""
    high = np.percentile(images, rng.uniform(*PERCENTILES))
    gamma = np.exp(rng.normal(0, 0.2))
    return (np.clip(images / max(high, 1e-3), 0, 1) ** gamma).astype(np.float32)


def blur(images: Array, raster: Raster, rng: np.random.Generator) -> Array:
    """By 0 to 2.2 mm along y and x: a sagittal or coronal series is blurred more along one of them."""
    return ndimage.gaussian_filter(images, (0, *(rng.uniform(0, 2.2, 2) / raster.pixel_mm)))


def head_rest(raster: Raster, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A thin arc behind the head, (y, x)."""
    y, x = np.meshgrid(raster.axis(), raster.axis(), indexing="ij")
    radius = rng.uniform(96, 124)
    return (np.abs(np.hypot(y - rng.uniform(-12, 12), x) - radius) < rng.uniform(1.4, 4)) & (y > rng.uniform(20, 70))


def limit_field_of_view(images: Array, raster: Raster, outside: float, rng: np.random.Generator) -> None:
    """Cuts to a circle or to columns, in 15 % of the stacks."""
    if rng.random() >= 0.15:
        return
    y, x = np.meshgrid(raster.axis(), raster.axis(), indexing="ij")
    if rng.random() < 0.5:
        images[:, np.hypot(y, x) > rng.uniform(84, 128)] = outside
    else:
        images[:, np.abs(x) > rng.uniform(76, 128)] = outside
