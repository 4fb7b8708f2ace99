"""CT of the torso synthesised from label maps: half from the map alone, with HU by phase of contrast, half from the
real image with the HU of every organ shifted; random deformation, vessels, lesions, slice thickness, noise and field of
view in both."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch.nn import functional as F

from fovea_training.context_boxes import Box, context_of, jitter, union, widen
from fovea_training.data import torsos
from fovea_training.data.torsos import HOLLOW, VOXEL_MM, Tissue, Torso
from fovea_training.synthesis.heads import rotation, smooth_field

CLIP_HU = (-200.0, 250.0)
HU_PER_UNIT = 200.0
"""The published preprocessing of AutoPath: clip and divide."""
REGION_MM = 600.0
"""Over which displacements are drawn."""
COARSE_MM, FINE_MM = 75.0, 25.0
"""Between the control points of the two displacement fields."""
TEXTURE_VOXELS = 64
"""A power of two."""
COARSE_STEP = 3
"""Voxels between the points at which a liver is looked for before its crop is drawn."""
JITTER = 8
"""Voxels by which a true box is moved and grown: the rough network's masks are coarse."""
RANDOM_BOX_PROBABILITY = 0.12
FALSE_PART_PROBABILITY = 0.4
"""Of a box that holds something else too, as around a rough mask that spilt."""
LIVER_PROBABILITY = 0.5
"""Of a scan whose middle is near the liver; any other may still show it."""

SHARES = {"stacked": 0.62, "mr-slab": 0.14, "chest": 0.1} | {f"head-{n}": 0.014 for n in torsos.HEADS}
"""Of the samples, by map; `slab` and `torso` have that of `mr-slab` where they are chosen too."""
OTHER_SHARE = 0.14

Array = NDArray[np.float32]
Axes = tuple[Array, Array, Array]
"""Positions in mm along z, y and x of the voxels of a grid; 0 is the centre of the scan."""


@dataclass(frozen=True)
class TorsoSynthesis:
    """Draws training samples from maps; everything random comes from the generator that is passed."""

    maps: Sequence[Torso]
    shares: NDArray[np.float64]
    fields: Sequence[Array]

    @classmethod
    def load(cls, names: Sequence[str]) -> "TorsoSynthesis":
        """From maps of `data.torsos`; raises SeriesError where one is missing."""
        return cls.of([torsos.load(name) for name in names])

    @classmethod
    def of(cls, maps: Sequence[Torso]) -> "TorsoSynthesis":
        shares = np.array([SHARES.get(torso.name, OTHER_SHARE) for torso in maps])
        rng = np.random.default_rng(0)
        return cls(maps, shares / shares.sum(), [smooth_field(rng, TEXTURE_VOXELS, 1.3) for _ in range(6)])

    def window(self, rng: np.random.Generator, depth: int, side: int) -> tuple[Array, Array]:
        """A window as AutoPath sees it, image and target, each (depth, side, side): whole slices `VOXEL_MM` apart, the
        field of view resized to `side`; a scan with fewer slices has its first and last repeated."""
        scan = Scan.draw(rng, self.draw_torso(rng), longest=depth)
        axes = (scan.axis_z(), *(np.linspace(-0.5, 0.5, side, dtype=np.float32) * extent for extent in scan.extent_mm))
        image, target = self.render(rng, scan, axes)
        before = (depth - len(image)) // 2
        padding = ((before, depth - len(image) - before), (0, 0), (0, 0))
        return np.pad(to_network(image), padding, "edge"), np.pad(target.astype(np.float32), padding, "edge")

    def crop(self, rng: np.random.Generator, side: int) -> tuple[Array, Array]:
        """A crop as the fine network sees it, image and target, each a cube of `side`: the box around a liver, jittered
        and with context, or now and then a box anywhere."""
        scan = Scan.draw(rng, self.draw_torso(rng), longest=None)
        shape = (scan.slices, *(max(32, round(extent / VOXEL_MM)) for extent in scan.extent_mm))
        axes = tuple(centred(count) for count in shape)
        box = None
        if rng.random() >= RANDOM_BOX_PROBABILITY:
            box = scan.liver_box(axes)
        if box and rng.random() < FALSE_PART_PROBABILITY:
            box = union(box, random_box(rng, shape))
        box = widen(jitter(box, rng, JITTER), context_of(side), shape) if box else random_box(rng, shape)
        image, target = self.render(rng, scan, tuple(axis[part] for axis, part in zip(axes, box, strict=True)))
        return resize(to_network(image), side), (resize(target.astype(np.float32), side) > 0.5).astype(np.float32)

    def draw_torso(self, rng: np.random.Generator) -> Torso:
        return self.maps[rng.choice(len(self.maps), p=self.shares)]

    def render(self, rng: np.random.Generator, scan: "Scan", axes: Axes) -> tuple[Array, NDArray[np.bool_]]:
        """The image in HU on a grid, and where the liver is."""
        points = scan.deformation.points(axes)
        tissues = fetch(scan.torso.tissues, points)
        field, other = (self.fields[n] for n in rng.choice(len(self.fields), 2, replace=False))
        texture = fetch_field(field, points)
        if scan.torso.hu is not None and rng.random() < 0.5:
            image = interpolate(scan.torso.hu, points) + ndimage.gaussian_filter(draw_shifts(rng)[tissues], 0.7)
        else:
            image = paint(rng, tissues, texture)
        liver = tissues == Tissue.LIVER
        if liver.any():
            add_vessels(rng, image, liver, texture, fetch_field(other, points))
            add_lesions(rng, image, liver, axes)
        outside = tissues == Tissue.AIR
        add_arms(rng, image, outside, axes)
        add_table(rng, image, outside, axes)
        return finish(rng, image, axes), liver


@dataclass(frozen=True)
class Scan:
    """A deformed person in a scanner: how many slices `VOXEL_MM` apart, and the field of view."""

    torso: Torso
    deformation: "Deformation"
    slices: int
    extent_mm: tuple[float, float]
    """Along y and x."""

    @classmethod
    def draw(cls, rng: np.random.Generator, torso: Torso, longest: int | None) -> "Scan":
        """`longest`: slices at most; without it a scan is often the whole of the map."""
        is_head = torso.name.startswith("head")
        scale = rng.uniform(0.88, 1.14, 3) * rng.uniform(0.88, 1.14)
        available = int(len(torso.tissues) * scale[0])
        slices = available if longest is None else min(available, longest)
        if rng.random() < 0.3:
            slices = int(rng.integers(1, slices + 1))
        field = rng.uniform(190, 300) if is_head else rng.uniform(330, 510)
        stretch = np.exp(rng.normal(0, 0.1)) if rng.random() < 0.5 else 1.0
        low = slices / 2 / scale[0]
        middle = rng.uniform(low, len(torso.tissues) - low)
        if torso.has_liver and rng.random() < LIVER_PROBABILITY:
            heights = np.flatnonzero((torso.tissues == Tissue.LIVER).any(axis=(1, 2)))
            middle = np.clip(rng.choice(heights) + rng.uniform(-15, 15), low, len(torso.tissues) - low)
        return cls(torso, Deformation.draw(rng, torso, middle, scale), slices, (field / stretch, field))

    def axis_z(self) -> Array:
        return centred(self.slices)

    def liver_box(self, axes: Axes) -> Box | None:
        """The box of the liver in voxels of a grid, None where it has none."""
        step = COARSE_STEP
        found = fetch(self.torso.tissues, self.deformation.points(tuple(axis[::step] for axis in axes))) == Tissue.LIVER
        boxes = ndimage.find_objects(found.astype(np.uint8))
        return tuple(slice(part.start * step, part.stop * step) for part in boxes[0]) if boxes else None


def centred(count: int) -> Array:
    """Positions of voxels around 0."""
    return ((np.arange(count) - (count - 1) / 2) * VOXEL_MM).astype(np.float32)


def random_box(rng: np.random.Generator, shape: tuple[int, ...]) -> Box:
    sides = [int(min(count, rng.integers(40, 110))) for count in shape]
    starts = [int(rng.integers(0, count - side + 1)) for count, side in zip(shape, sides, strict=True)]
    return tuple(slice(start, start + side) for start, side in zip(starts, sides, strict=True))


@dataclass(frozen=True)
class Deformation:
    """From positions in a scan, in mm, to voxels of a map."""

    matrix: Array
    centre: Array
    displacement: Array
    """Voxels, at control points `FINE_MM` apart over `REGION_MM`: (3, n, n, n)."""

    @classmethod
    def draw(cls, rng: np.random.Generator, torso: Torso, middle: float, scale: NDArray[np.float64]) -> "Deformation":
        matrix = rotation(np.radians(rng.normal(0, (7, 4, 4)))) @ np.diag(1 / scale) / VOXEL_MM
        shift = rng.normal(0, 4, 2)
        centre = np.array([middle, *(np.array(torso.tissues.shape[1:]) / 2 + shift)])
        coarse, fine = (round(REGION_MM / spacing) + 1 for spacing in (COARSE_MM, FINE_MM))
        bent = rng.normal(0, rng.uniform(2, 11) / VOXEL_MM, (3, coarse, coarse, coarse)).astype(np.float32)
        bent = spread(bent, (np.linspace(-REGION_MM / 2, REGION_MM / 2, fine, dtype=np.float32),) * 3)
        bent += rng.normal(0, rng.uniform(0, 3) / VOXEL_MM, bent.shape).astype(np.float32)
        return cls(matrix.astype(np.float32), centre.astype(np.float32), bent)

    def points(self, axes: Axes) -> Array:
        """(3, z, y, x) in voxels of the map."""
        moved = spread(self.displacement, axes)
        z, y, x = np.ix_(*axes)
        for number, (a, b, c) in enumerate(self.matrix):
            moved[number] += (a * z + (b * y + self.centre[number])) + c * x
        return moved


def spread(field: Array, axes: Axes) -> Array:
    """Control points (3, n, n, n) to the voxels of a grid (3, z, y, x)."""
    for axis, positions in enumerate(axes, start=1):
        weights = interpolation_weights(positions, field.shape[axis])
        field = np.moveaxis(np.tensordot(field, weights, axes=(axis, 1)), -1, axis)
    return field


def interpolation_weights(positions: Array, count: int) -> Array:
    """Linear interpolation from control points over `REGION_MM` as a matrix (positions, control points)."""
    places = np.clip((positions / REGION_MM + 0.5) * (count - 1), 0, count - 1)
    return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(count))).astype(np.float32)


def fetch(volume: NDArray, points: Array) -> NDArray:
    """The nearest voxel of (z, y, x); 0 beside the map, the first or last slice below and above it."""
    index = np.clip(np.rint(points[0]), 0, volume.shape[0] - 1).astype(np.int32)
    inside = np.ones(index.shape, np.bool_)
    for axis in (1, 2):
        place = np.rint(points[axis]).astype(np.int32)
        inside &= (place >= 0) & (place < volume.shape[axis])
        index = index * volume.shape[axis] + np.clip(place, 0, volume.shape[axis] - 1)
    return volume.reshape(-1)[index] * inside


def interpolate(volume: Array, points: Array) -> Array:
    """Trilinear; air beside the map."""
    sizes = torch.tensor(volume.shape[::-1], dtype=torch.float32)
    grid = torch.from_numpy(np.stack(points[::-1], axis=-1)) / (sizes - 1) * 2 - 1
    grid[..., 2].clamp_(-1, 1)
    raised = torch.from_numpy(volume)[None, None] + 1024
    return F.grid_sample(raised, grid[None], align_corners=True, padding_mode="zeros")[0, 0].numpy() - 1024


def fetch_field(field: Array, points: Array) -> Array:
    """A periodic field of `TEXTURE_VOXELS` voxels of the map per side."""
    index = np.zeros(points.shape[1:], np.int32)
    for axis in range(3):
        index = index * TEXTURE_VOXELS + (np.rint(points[axis]).astype(np.int32) & (TEXTURE_VOXELS - 1))
    return field.reshape(-1)[index]


def resize(volume: Array, side: int) -> Array:
    """Trilinear, to a cube, as the node does it."""
    return F.interpolate(torch.from_numpy(volume)[None, None], (side,) * 3, mode="trilinear")[0, 0].numpy()


def to_network(hu: Array) -> Array:
    return (np.clip(hu, *CLIP_HU) / HU_PER_UNIT).astype(np.float32)


def draw_means(rng: np.random.Generator) -> dict[Tissue, float]:
    """HU of every tissue: without contrast 35 %, arterial 20 %, portal 45 %; every eighth liver is fatty."""
    phase = rng.choice(3, p=(0.35, 0.2, 0.45))
    u = rng.uniform

    def by_phase(*ranges: tuple[float, float]) -> float:
        return float(u(*ranges[phase]))

    liver = by_phase((38, 70), (50, 95), (75, 145))
    if rng.random() < 0.12:
        liver = u(-5, 45)
    blood = by_phase((30, 50), (180, 400), (110, 190))
    return {
        Tissue.AIR: -1000, Tissue.LUNG: u(-900, -750), Tissue.GAS: -950, Tissue.FAT: u(-120, -80),
        Tissue.MUSCLE: u(40, 75),
        Tissue.BONE: u(110, 600), Tissue.LIVER: liver, Tissue.SPLEEN: by_phase((38, 60), (80, 180), (85, 150)),
        Tissue.KIDNEY: by_phase((25, 42), (90, 220), (110, 230)), Tissue.GALLBLADDER: u(-5, 25),
        Tissue.STOMACH: u(0, 60),
        Tissue.PANCREAS: by_phase((25, 50), (70, 130), (60, 110)), Tissue.BOWEL: u(0, 70),
        Tissue.HEART: blood if rng.random() < 0.5 else by_phase((30, 55), (90, 250), (90, 150)), Tissue.ARTERY: blood,
        Tissue.VEIN: by_phase((30, 50), (40, 200), (100, 180)),
        Tissue.PORTAL: by_phase((30, 50), (50, 120), (110, 200)),
        Tissue.FLUID: u(0, 20), Tissue.BRAIN: u(25, 45),
    }  # fmt: skip


def draw_shifts(rng: np.random.Generator) -> Array:
    """HU that are added to each tissue of a real image."""
    shifts = rng.normal(0, 25, len(Tissue))
    shifts[[Tissue.AIR, Tissue.LUNG, Tissue.GAS]] = 0
    shifts[Tissue.FAT] = rng.normal(0, 8)
    shifts[Tissue.LIVER] = rng.uniform(-65, 70)
    shifts[Tissue.HEART] = rng.uniform(-230, 60)
    return shifts.astype(np.float32)


def paint(rng: np.random.Generator, tissues: NDArray[np.uint8], texture: Array) -> Array:
    """An image of the map alone: means, texture, fat in the muscle, and what fills stomach and bowel."""
    means = draw_means(rng)
    mean = np.array([means[tissue] for tissue in Tissue], np.float32)
    spread = np.full(len(Tissue), rng.uniform(0, 8), np.float32)
    spread[[Tissue.MUSCLE, Tissue.FAT]] = rng.uniform(5, 20)
    spread[Tissue.BONE] = rng.uniform(40, 200)
    spread[Tissue.LUNG] = rng.uniform(10, 60)
    for tissue in HOLLOW:
        if rng.random() < 0.3:
            mean[tissue] = rng.uniform(60, 400)
    image = mean[tissues] + spread[tissues] * texture
    fat = (tissues == Tissue.MUSCLE) & (texture > rng.uniform(0.8, 2.5))
    image[fat] = mean[Tissue.FAT]
    if rng.random() < 0.5:
        filled = (tissues == Tissue.BOWEL) & (texture > rng.uniform(-0.5, 1.5))
        image[filled] = rng.choice([-900, rng.uniform(-100, 40)])
    return image


def add_vessels(rng: np.random.Generator, image: Array, liver: NDArray[np.bool_], one: Array, other: Array) -> None:
    """Tubes through the liver, where two smooth fields are both near zero; brighter or darker than it."""
    if rng.random() < 0.8:
        tubes = liver & (np.abs(one) < rng.uniform(0.1, 0.3)) & (np.abs(other) < rng.uniform(0.1, 0.3))
        image[tubes] += rng.uniform(-25, 70)


def add_lesions(rng: np.random.Generator, image: Array, liver: NDArray[np.bool_], axes: Axes) -> None:
    """Balls in the liver, in a third of the images: they belong to it."""
    if rng.random() >= 0.35:
        return
    places = np.argwhere(liver[::2, ::2, ::2]) * 2
    for _ in range(rng.integers(1, 5) if len(places) else 0):
        centre = [axis[place] for axis, place in zip(axes, places[rng.integers(len(places))], strict=True)]
        squares = [(axis - middle) ** 2 for axis, middle in zip(axes, centre, strict=True)]
        z, y, x = np.ix_(*squares)
        image[(z + y + x < np.exp(rng.uniform(np.log(16), np.log(1200)))) & liver] += rng.uniform(-90, 60)


def add_arms(rng: np.random.Generator, image: Array, outside: NDArray[np.bool_], axes: Axes) -> None:
    """Beside the body, in a fifth of the images: fat, muscle and a bone."""
    if rng.random() >= 0.2:
        return
    y, x = axes[1][:, None], axes[2][None, :]
    for side in (-1, 1):
        place = np.hypot((y - rng.uniform(-40, 60)) / rng.uniform(0.8, 1.3), x - side * rng.uniform(175, 235))
        for radius, hu in ((rng.uniform(35, 60), -100), (rng.uniform(25, 40), 50), (rng.uniform(8, 14), 500)):
            image[outside & (place < radius)] = hu


def add_table(rng: np.random.Generator, image: Array, outside: NDArray[np.bool_], axes: Axes) -> None:
    """A thin curved sheet behind the body, in half of the images."""
    if rng.random() < 0.5:
        y, x = axes[1][:, None], axes[2][None, :]
        sheet = rng.uniform(100, 180) - rng.uniform(0, 1.2e-3) * x**2
        image[outside & (np.abs(y - sheet) < rng.uniform(1.5, 6))] = rng.uniform(-300, 200)


def finish(rng: np.random.Generator, image: Array, axes: Axes) -> Array:
    """Thick slices, blur, noise, drift and a round field of view."""
    if rng.random() < 0.4:
        image = thicken(image, int(rng.integers(2, 4)))
    sigma = rng.uniform(0, 0.9)
    image = ndimage.gaussian_filter(image, (0, sigma, sigma)) if sigma > 0.3 else image
    noise = rng.standard_normal(image.shape, np.float32)
    if rng.random() < 0.5:
        noise = ndimage.gaussian_filter(noise, (0, 0.7, 0.7)) * np.float32(2.5)
    image = image + noise * np.float32(np.exp(rng.uniform(np.log(3), np.log(30)))) + np.float32(rng.uniform(-8, 8))
    if rng.random() < 0.2:
        y, x = axes[1][:, None], axes[2][None, :]
        image = np.where(np.hypot(y, x) < rng.uniform(150, 240), image, np.float32(-1024))
    return image


def thicken(image: Array, slices: int) -> Array:
    """Means of so many slices, and between them linear interpolation."""
    count = len(image)
    groups = np.array_split(np.arange(count), max(1, count // slices))
    means = np.stack([image[group].mean(axis=0) for group in groups])
    places = np.interp(np.arange(count), [group.mean() for group in groups], np.arange(len(groups)))
    lower = np.minimum(places.astype(int), len(groups) - 1)
    upper = np.minimum(lower + 1, len(groups) - 1)
    weight = (places - lower).astype(np.float32)[:, None, None]
    return (1 - weight) * means[lower] + weight * means[upper]
