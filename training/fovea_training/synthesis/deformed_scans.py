"""The samples that Segment-then-Segment is trained on in 3-D: a few real scans, deformed, cut to many fields of view, with other
phases of contrast medium and shifted tissues, or painted anew from the map of their tissues.

A sample is never resampled as a whole. A virtual image is a field of view on the package's grid (`VOXEL_MM`), and only the
input_size^3 points that the node would feed to the network are looked up in the scan, through the deformation: those of the
whole image for the rough network, those of one cube for the fine one. Arrays are (z, y, x).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from fovea_training.context_boxes import Box, context_of, is_usable, jitter, tight_boxes, widen
from fovea_training.data.aortas import TargetScan
from fovea_training.data.torsos import Tissue
from fovea_training.synthesis.heads import rotation
from fovea_training.synthesis.torsos import add_arms, add_table, draw_means, draw_shifts, paint

VOXEL_MM = (4.0, 1.5, 1.5)
"""What the package resamples to. Cubes of such voxels are tall: along the body, as the aorta is."""
WINDOW_HU = (-150.0, 450.0)
FIELD_MM = 400.0
"""Over which the control points of a deformation are spread."""
FIELD_POINTS = 24
"""Per axis, where a deformation is computed; between them it is interpolated."""
COARSE = (2, 3, 3)
"""Every so many voxels the target is looked up to find its components."""
PIECE_PROBABILITY = 0.35
"""The target is cut to a piece along z, as a rough mask often breaks it."""
ELSEWHERE_PROBABILITY = 0.07
"""The fine network looks anywhere, as at a false component of a rough mask."""
PAINTED_SHARE = 0.5
CALCIFIED_SHARE = 0.4
"""Of the samples with a target."""
WIDEST_VIEW = 1.7
"""Of the body's width, what a field of view is at most."""
BODY_HU = -300.0
OUTSIDE_HU = -500.0

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class ScanVolume:
    """A scan as tensors to look up points in."""

    channels: Tensor
    """(1, 2, z, y, x): HU (0 where there is no image) and the target."""
    tissues: Tensor
    """(1, 1, z, y, x)."""
    means_hu: dict[Tissue, float]
    """Of the tissues that take up contrast medium."""
    spacing_mm: Vector
    body_mm: tuple[Vector, Vector]
    """Centre and extent of the body."""
    targets_mm: Vector
    """Some voxels of the target, (n, 3)."""
    cropped: bool
    painted_share: float
    """Of its images, how many are painted from the map alone."""

    @classmethod
    def of(cls, scan: TargetScan) -> "ScanVolume":
        has_image = scan.hu is not None
        hu = scan.hu if has_image else np.zeros(scan.tissues.shape, np.float32)
        present = [tissue for tissue in CONTRASTED if has_image and (scan.tissues == tissue).any()]
        spacing = np.array(scan.spacing_mm)
        body = np.argwhere(ndimage.binary_opening(hu > BODY_HU, iterations=3) if has_image else scan.tissues != Tissue.AIR)
        low, high = np.percentile(body, 1, axis=0) * spacing, np.percentile(body, 99, axis=0) * spacing
        targets = np.argwhere(scan.target)
        return cls(
            torch.from_numpy(np.stack([hu, scan.target.astype(np.float32)]).astype(np.float32))[None],
            torch.from_numpy(scan.tissues.astype(np.float32))[None, None],
            {tissue: float(hu[scan.tissues == tissue].mean()) for tissue in present},
            spacing,
            ((low + high) / 2, high - low),
            targets[:: max(1, len(targets) // 500)] * spacing,
            scan.cropped,
            (PAINTED_SHARE if has_image else 1.0) if scan.mapped else 0.0,
        )

    @property
    def extent_mm(self) -> Vector:
        return np.array(self.channels.shape[2:]) * self.spacing_mm


@dataclass(frozen=True)
class VirtualImage:
    """A field of view of a deformed scan, on a grid of `VOXEL_MM`."""

    volume: ScanVolume
    shape: tuple[int, ...]
    centre_mm: Vector
    """In the scan."""
    matrix: Vector
    """From mm in the image, from its centre, to mm in the scan."""
    fields: list[Tensor]
    """Control points of displacements in mm, each (1, 3, n, n, n) with the components z, y, x."""

    @classmethod
    def draw(cls, volume: ScanVolume, rng: np.random.Generator) -> "VirtualImage":
        scale = rng.uniform(0.9, 1.12, 3) * np.exp(rng.uniform(-0.2, 0.2))
        extent, centre = draw_view(volume, scale, rng)
        shape = tuple(int(max(1, round(side / voxel))) for side, voxel in zip(extent, VOXEL_MM, strict=True))
        matrix = rotation(np.radians(rng.normal(0, (5, 4, 4)))) @ np.diag(1 / scale)
        fields = [draw_field(rng, (4, 7), 6.0), draw_field(rng, (10, 16), 1.5)]
        return cls(volume, shape, centre, matrix, fields)

    def look_up(self, box: Box, sides: tuple[int, ...]) -> tuple[Tensor, NDArray[np.uint8]]:
        """HU and target (2, *sides), and the tissues, at the points that a box has when it is resized to `sides`, as the node
        does it: cut out, then resampled, so that nothing beyond the box's outer voxel centres is seen."""
        places = self.places(box, sides)
        values = F.grid_sample(self.volume.channels, places, padding_mode="border", align_corners=True)[0]
        tissues = F.grid_sample(self.volume.tissues, places, mode="nearest", padding_mode="border", align_corners=True)[0, 0]
        return values, tissues.numpy().astype(np.uint8)

    def has_target(self, box: Box, sides: tuple[int, ...]) -> NDArray[np.bool_]:
        """Whether the nearest voxel of each point belongs to the target."""
        found = F.grid_sample(
            self.volume.channels[:, 1:], self.places(box, sides), mode="nearest", padding_mode="border", align_corners=True
        )
        return found[0, 0].numpy() >= 0.5

    def places(self, box: Box, sides: tuple[int, ...]) -> Tensor:
        """Where the points lie in the scan, as `grid_sample` wants it."""
        points = self.to_scan_mm(positions(box, sides)) / torch.from_numpy(self.volume.spacing_mm.astype(np.float32)) - 0.5
        size = torch.tensor(self.volume.channels.shape[2:], dtype=torch.float32)
        return (2 * points / (size - 1).clamp_min(1) - 1).flip(-1)[None]

    def steps_mm(self, box: Box, sides: tuple[int, ...]) -> Vector:
        """Between the points along each axis."""
        return np.array([(side.stop - side.start) / n for side, n in zip(box, sides, strict=True)]) * VOXEL_MM

    def to_mm(self, axes: Sequence[Vector]) -> list[Vector]:
        """Voxel positions along each axis, in mm from the image's centre."""
        return [(axis + 0.5 - n / 2) * voxel for axis, n, voxel in zip(axes, self.shape, VOXEL_MM, strict=True)]

    def to_scan_mm(self, axes: Sequence[Vector]) -> Tensor:
        """(z, y, x, 3): where the voxels at the given positions along each axis lie in the scan."""
        along = self.to_mm([np.linspace(axis[0], axis[-1], min(FIELD_POINTS, len(axis))) for axis in axes])
        points = torch.from_numpy(np.stack(np.meshgrid(*along, indexing="ij"), axis=-1).astype(np.float32))
        places = (points / (FIELD_MM / 2)).flip(-1)[None]
        moved = sum(F.grid_sample(field, places, padding_mode="border", align_corners=True)[0] for field in self.fields)
        mapped = points @ torch.from_numpy(self.matrix.T.astype(np.float32)) + moved.movedim(0, -1)
        mapped = mapped + torch.from_numpy(self.centre_mm.astype(np.float32))
        fine = tuple(len(axis) for axis in axes)
        smooth = F.interpolate(mapped.movedim(-1, 0)[None], fine, mode="trilinear", align_corners=True)
        return smooth[0].movedim(0, -1)

    def components(self, rng: np.random.Generator) -> list[Box]:
        """The tight boxes of the target's components, to within a few voxels; at times of a piece of it."""
        sides = tuple(max(1, count // step) for count, step in zip(self.shape, COARSE, strict=True))
        mask = self.has_target(whole(self.shape), sides)
        if mask.any() and rng.random() < PIECE_PROBABILITY:
            mask = piece(mask, rng)
        ratios = [count / side for count, side in zip(self.shape, sides, strict=True)]
        return [
            tuple(slice(int(side.start * ratio), int(np.ceil(side.stop * ratio))) for side, ratio in zip(box, ratios, strict=True))
            for box in tight_boxes(mask)
        ]


def positions(box: Box, sides: tuple[int, ...]) -> list[Vector]:
    """The voxels, not rounded, along each axis that a box has when it is resized to `sides`."""
    return [
        np.clip(side.start + (np.arange(n) + 0.5) * (side.stop - side.start) / n - 0.5, side.start, side.stop - 1)
        for side, n in zip(box, sides, strict=True)
    ]


def whole(shape: tuple[int, ...]) -> Box:
    return tuple(slice(0, count) for count in shape)


def draw_field(rng: np.random.Generator, points: tuple[int, int], most_mm: float) -> Tensor:
    """Control points with a deviation of up to `most_mm`."""
    count = int(rng.integers(*points))
    return torch.from_numpy(rng.normal(0, rng.uniform(0, most_mm), (1, 3, count, count, count)).astype(np.float32))


def draw_view(volume: ScanVolume, scale: Vector, rng: np.random.Generator) -> tuple[Vector, Vector]:
    """Extent in mm of a field of view, and its centre in the scan: the body with a margin, often of air, or a part of it;
    along z the whole scan or a slab."""
    full = volume.extent_mm
    centre, body = volume.body_mm
    extent = np.empty(3)
    height = full[0] * scale[0]
    extent[0] = height if rng.random() < 0.4 else np.exp(rng.uniform(np.log(min(30, height)), np.log(height)))
    if volume.cropped:
        extent[1:] = full[1:] * scale[1:] * rng.uniform(0.7, 1, 2)
        centre = full / 2 + rng.uniform(-0.5, 0.5, 3) * (full - extent / scale)
    elif rng.random() < 0.25:
        extent[1:] = rng.uniform(140, 280)
        centre = volume.targets_mm[rng.integers(len(volume.targets_mm))] + rng.normal(0, 25, 3)
    else:
        widest = (body * scale)[1:].max()
        extent[1:] = widest * rng.uniform(0.9, WIDEST_VIEW) if rng.random() < 0.8 else (body * scale)[1:] * rng.uniform(0.95, 1.2)
        centre = centre + rng.normal(0, 12, 3)
    room = max(full[0] - extent[0] / scale[0], 0)
    low = rng.uniform(0, room)
    return extent, np.array([low + extent[0] / scale[0] / 2, *centre[1:]])


CONTRASTED = (
    Tissue.LIVER, Tissue.SPLEEN, Tissue.KIDNEY, Tissue.PANCREAS, Tissue.HEART, Tissue.ARTERY, Tissue.VEIN, Tissue.PORTAL,
)  # fmt: skip
"""What takes up contrast medium."""


def recolour(hu: Tensor, tissues: NDArray[np.uint8], volume: ScanVolume, is_fine: bool, rng: np.random.Generator) -> Tensor:
    """HU with another phase of contrast medium and every other tissue shifted; what lies bright in a bright vessel fades with
    it."""
    wanted, shifts = draw_means(rng), draw_shifts(rng)
    means, fadings = np.zeros(len(Tissue), np.float32), np.zeros(len(Tissue), np.float32)
    for tissue in CONTRASTED:
        mean = volume.means_hu.get(tissue)
        if mean is not None:
            shifts[tissue], means[tissue] = wanted[tissue] - mean, mean
            fadings[tissue] = min(1.0, max(0.15, wanted[tissue] / mean)) - 1 if mean > 120 else 0
    shift, fading = (torch.from_numpy(table[tissues]) for table in (shifts, fadings))
    if is_fine:
        shift, fading = blur(shift), blur(fading)
    return hu + shift + fading * (hu - torch.from_numpy(means[tissues]))


def paint_map(tissues: NDArray[np.uint8], is_fine: bool, rng: np.random.Generator) -> Tensor:
    """An image of the map alone."""
    texture = ndimage.gaussian_filter(rng.standard_normal(tissues.shape, np.float32), 1.0)
    image = torch.from_numpy(paint(rng, tissues, texture / texture.std()).astype(np.float32))
    return blur(image) if is_fine else image


def calcify(hu: Tensor, target: NDArray[np.bool_], steps_mm: Vector, rng: np.random.Generator) -> Tensor:
    """Plaques of calcium on the inside of the target's rim, as old aortas have them: patches of some centimetres, or most of
    the wall."""
    thickness, step = rng.uniform(1, 4), float(steps_mm[1:].min())
    depth = ndimage.distance_transform_edt(target, steps_mm) - step / 2
    patches = ndimage.gaussian_filter(rng.standard_normal(target.shape), rng.uniform(3, 8) / steps_mm, mode="nearest")
    covered = patches > np.quantile(patches, 1 - rng.uniform(0.05, 0.6))
    plaques = torch.from_numpy((target & (depth < thickness) & covered).astype(np.float32))
    share = plaques * float(min(1.0, thickness / step))
    return hu + share * (float(rng.uniform(250, 1300)) - hu)


def blur(values: Tensor) -> Tensor:
    """Means over 3 x 3 x 3 points."""
    return F.avg_pool3d(F.pad(values[None, None], (1,) * 6, mode="replicate"), 3, stride=1)[0, 0]


def disturb(hu: Tensor, rng: np.random.Generator) -> Tensor:
    """Blur, noise and a shift of the scale."""
    if rng.random() < 0.3:
        sharpness = float(rng.uniform(0.3, 1))
        hu = sharpness * hu + (1 - sharpness) * blur(hu)
    noise = torch.from_numpy(rng.standard_normal(tuple(hu.shape), np.float32))
    return hu + noise * float(np.exp(rng.uniform(np.log(3), np.log(25)))) + float(rng.normal(0, 8))


def to_network(hu: Tensor) -> Tensor:
    """The window as 0 to 1."""
    low, high = WINDOW_HU
    return ((hu - low) / (high - low)).clamp(0, 1)


@dataclass(frozen=True)
class ScanSamples:
    """Draws samples of both roles from scans, each with its share."""

    volumes: list[ScanVolume]
    shares: list[float]
    input_size: int

    def draw(self, number: int, role: str, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Image and target, both (1, S, S, S); `number` plays no part, there being no end of samples."""
        volume = self.volumes[int(rng.choice(len(self.volumes), p=self.shares))]
        image = VirtualImage.draw(volume, rng)
        box = self.fine_box(image, rng) if role == "fine" else whole(image.shape)
        sides = (self.input_size,) * 3
        values, tissues = image.look_up(box, sides)
        is_fine = bool(np.mean(image.steps_mm(box, sides) / volume.spacing_mm) < 1)
        if rng.random() < volume.painted_share:
            hu = paint_map(tissues, is_fine, rng)
        else:
            hu = recolour(values[0], tissues, volume, is_fine, rng)
        target = values[1] >= 0.5
        if target.any() and rng.random() < CALCIFIED_SHARE:
            hu = calcify(hu, target.numpy(), image.steps_mm(box, sides), rng)
        if not volume.cropped:
            axes = image.to_mm(positions(box, sides))
            outside = (tissues == Tissue.AIR) & (hu.numpy() < OUTSIDE_HU)
            add_arms(rng, hu.numpy(), outside, axes)
            add_table(rng, hu.numpy(), outside, axes)
        hu = to_network(disturb(hu, rng))
        return hu[None].numpy(), target[None].float().numpy()

    def fine_box(self, image: VirtualImage, rng: np.random.Generator) -> Box:
        """A cube around one component, jittered as published, at times around a piece of it or somewhere else; the whole
        image where there is none."""
        context = context_of(self.input_size)
        if rng.random() < ELSEWHERE_PROBABILITY:
            return widen(anywhere(image.shape, rng), context, image.shape)
        boxes = image.components(rng)
        if not boxes:
            return whole(image.shape)
        box = widen(jitter(boxes[rng.integers(len(boxes))], rng), context, image.shape)
        return box if is_usable(box) else whole(image.shape)


def anywhere(shape: tuple[int, ...], rng: np.random.Generator) -> Box:
    """A small box around a random voxel."""
    starts = [int(rng.integers(count)) for count in shape]
    return tuple(slice(start, min(start + int(rng.integers(2, 30)), count)) for start, count in zip(starts, shape, strict=True))


def piece(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """What lies in a random range of the mask's slices, at least a seventh of them."""
    slices = np.flatnonzero(mask.any(axis=(1, 2)))
    kept = max(1, int(len(slices) * rng.uniform(0.15, 1)))
    start = int(slices[0]) + int(rng.integers(len(slices) - kept + 1))
    cut = np.zeros_like(mask)
    cut[start : start + kept] = mask[start : start + kept]
    return cut if cut.any() else mask
