"""The samples that Segment-then-Segment is trained on in 3-D: a few real scans, deformed, cut to many fields of view, with other
phases of contrast medium.

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
from fovea_training.data.aortas import TargetScan, Tissue
from fovea_training.synthesis.heads import rotation
from fovea_training.synthesis.torsos import add_arms, add_table

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
BODY_HU = -300.0
OUTSIDE_HU = -500.0

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class ScanVolume:
    """A scan as a tensor to look up points in."""

    channels: Tensor
    """(1, C, z, y, x): HU, the target, and how much of each of `tissues` a voxel holds."""
    tissues: list[Tissue]
    means_hu: list[float]
    """Of the tissues."""
    spacing_mm: Vector
    body_mm: tuple[Vector, Vector]
    """Centre and extent of the body."""
    targets_mm: Vector
    """Some voxels of the target, (n, 3)."""
    cropped: bool

    @classmethod
    def of(cls, scan: TargetScan) -> "ScanVolume":
        present = [tissue for tissue in Tissue if tissue != Tissue.OTHER and (scan.tissues == tissue).any()]
        shares = [ndimage.gaussian_filter((scan.tissues == tissue).astype(np.float32), 0.6) for tissue in present]
        channels = np.stack([scan.hu, scan.target.astype(np.float32), *shares])
        spacing = np.array(scan.spacing_mm)
        body = np.argwhere(ndimage.binary_opening(scan.hu > BODY_HU, iterations=3))
        low, high = np.percentile(body, 1, axis=0) * spacing, np.percentile(body, 99, axis=0) * spacing
        targets = np.argwhere(scan.target)
        return cls(
            torch.from_numpy(np.ascontiguousarray(channels, np.float32))[None],
            present,
            [float(scan.hu[scan.tissues == tissue].mean()) for tissue in present],
            spacing,
            ((low + high) / 2, high - low),
            targets[:: max(1, len(targets) // 500)] * spacing,
            scan.cropped,
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

    def look_up(self, box: Box, sides: tuple[int, ...], channels: slice = slice(None), mode: str = "bilinear") -> Tensor:
        """(C, *sides): the scan at the points that a box has when it is resized to `sides`, as the node does it: cut out,
        then resampled, so that nothing beyond the box's outer voxel centres is seen."""
        points = self.to_scan_mm(positions(box, sides)) / torch.from_numpy(self.volume.spacing_mm.astype(np.float32)) - 0.5
        size = torch.tensor(self.volume.channels.shape[2:], dtype=torch.float32)
        places = (2 * points / (size - 1).clamp_min(1) - 1).flip(-1)
        values = self.volume.channels[:, channels]
        return F.grid_sample(values, places[None], mode=mode, padding_mode="border", align_corners=True)[0]

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
        mask = self.look_up(whole(self.shape), sides, slice(1, 2), "nearest")[0].numpy() >= 0.5
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
        extent[1:] = widest * rng.uniform(0.9, 1.5) if rng.random() < 0.8 else (body * scale)[1:] * rng.uniform(0.95, 1.2)
        centre = centre + rng.normal(0, 12, 3)
    room = max(full[0] - extent[0] / scale[0], 0)
    low = rng.uniform(0, room)
    return extent, np.array([low + extent[0] / scale[0] / 2, *centre[1:]])


# HU of each tissue by phase of contrast medium; the share of samples of each phase.
PHASES = {
    "none": (0.30, {Tissue.ARTERY: (30, 55), Tissue.KIDNEY: (25, 42), Tissue.LIVER: (38, 70), Tissue.SPLEEN: (38, 60)}),
    "arterial": (0.35, {Tissue.ARTERY: (180, 520), Tissue.KIDNEY: (90, 220), Tissue.LIVER: (50, 95), Tissue.SPLEEN: (80, 180)}),
    "portal": (0.35, {Tissue.ARTERY: (105, 200), Tissue.KIDNEY: (110, 230), Tissue.LIVER: (75, 145), Tissue.SPLEEN: (85, 150)}),
}  # fmt: skip
VEIN_RATIOS = {"none": (0.9, 1.1), "arterial": (0.3, 1.2), "portal": (0.8, 1.15)}
"""Of the blood in veins and heart to that in the arteries."""


def draw_contrast(rng: np.random.Generator) -> dict[Tissue, float]:
    """The mean HU of each tissue in one image."""
    names = list(PHASES)
    phase = names[int(rng.choice(len(names), p=[PHASES[name][0] for name in names]))]
    means = {tissue: float(rng.uniform(*limits)) for tissue, limits in PHASES[phase][1].items()}
    means[Tissue.VEIN] = means[Tissue.ARTERY] * float(rng.uniform(*VEIN_RATIOS[phase]))
    return means


def enhance(values: Tensor, volume: ScanVolume, rng: np.random.Generator) -> Tensor:
    """HU with the tissues' means replaced; what lies bright in a bright vessel fades with it."""
    hu, wanted = values[0], draw_contrast(rng)
    for share, tissue, mean in zip(values[2:], volume.tissues, volume.means_hu, strict=True):
        fading = min(1.0, max(0.15, wanted[tissue] / mean)) if mean > 120 else 1.0
        hu = hu + share * (wanted[tissue] - mean + (fading - 1) * (hu - mean))
    return hu


def disturb(hu: Tensor, rng: np.random.Generator) -> Tensor:
    """Blur, noise and a shift of the scale."""
    if rng.random() < 0.3:
        sharpness = float(rng.uniform(0.3, 1))
        blurred = F.avg_pool3d(F.pad(hu[None, None], (1,) * 6, mode="replicate"), 3, stride=1)[0, 0]
        hu = sharpness * hu + (1 - sharpness) * blurred
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
        values = image.look_up(box, sides)
        hu = enhance(values, volume, rng)
        if not volume.cropped:
            axes = image.to_mm(positions(box, sides))
            add_arms(rng, hu.numpy(), hu.numpy() < OUTSIDE_HU, axes)
            add_table(rng, hu.numpy(), hu.numpy() < OUTSIDE_HU, axes)
        hu = to_network(disturb(hu, rng))
        return hu[None].numpy(), (values[1:2] >= 0.5).float().numpy()

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
