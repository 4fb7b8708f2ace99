"""Hosts: chest scans with their lungs, cropped, at several spacings, into which nodules are implanted."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.data.dicom_series import Scan
from fovea_training.data.lung_mask import dilate, erode, published_mask
from fovea_training.data.preprocessing import mask_box


class Region(IntEnum):
    """What a voxel of a host is, for the choice of patch and nodule centres."""

    OUTSIDE = 0
    AIR = 1
    """Lung tissue."""
    STRUCTURE = 2
    """Vessels and other bright structures in the lung."""
    BORDER = 3
    """The lung's rim, where it meets the pleura."""


@dataclass(frozen=True)
class Host:
    """One chest at one spacing. All arrays are (x, y, z) on the crop around the published mask."""

    name: str
    spacing_mm: tuple[float, float, float]
    hu: NDArray[np.int16]
    mask: NDArray[np.bool_]
    """The published lung mask: what the network sees."""
    lungs: NDArray[np.bool_]
    """The lungs with their vessels, where nodules may lie."""
    regions: NDArray[np.uint8]
    """`Region` per voxel."""
    nodules: NDArray[np.bool_]
    """The known real nodules."""
    ignored: NDArray[np.bool_]
    """Around real nodules, outlined or not: left out of the loss, and no implants there."""

    def centres(self, region: Region) -> NDArray[np.intp]:
        """The voxels of a region: (n, 3)."""
        return np.argwhere(self.regions == region)


@dataclass(frozen=True)
class Chest:
    """A scan as read, with its raw lung mask and its real lesions; hosts at any spacing derive from it."""

    name: str
    scan: Scan
    lungs: NDArray[np.bool_]
    nodules: NDArray[np.bool_]
    """The known real nodules."""
    doubtful: NDArray[np.bool_]
    """Around what may be nodules but has no outline."""

    def host(self) -> Host:
        """The host at the scan's own spacing."""
        return make_host(self)

    def resampled(self, spacing_mm: tuple[float, float, float]) -> Host:
        """The host at another spacing; thicker slices are averages, as a scanner would make them."""
        native = self.scan.spacing_mm
        zoom = tuple(old / new for old, new in zip(native, spacing_mm, strict=True))
        sigma = [max(0.0, 0.35 * (1 / factor - 1)) for factor in zoom]
        hu = ndimage.zoom(ndimage.gaussian_filter(np.maximum(self.scan.intensities, -1024), sigma), zoom, order=1)
        actual = tuple(old * size / new for old, size, new in zip(native, self.lungs.shape, hu.shape, strict=True))
        lungs = ndimage.zoom(self.lungs.astype(np.float32), zoom, order=1) > 0.5
        nodules, doubtful = (
            ndimage.zoom(lesions.astype(np.float32), zoom, order=1) > 0.25 for lesions in (self.nodules, self.doubtful)
        )
        label = "x".join(f"{value:.2f}" for value in actual)
        return make_host(Chest(f"{self.name} at {label} mm", Scan(hu, actual), lungs, nodules, doubtful))


def make_host(chest: Chest) -> Host:
    """Crops a scan to its published mask and sorts its voxels into regions."""
    mask = published_mask(chest.lungs)
    box = mask_box(mask)
    hu = np.clip(chest.scan.intensities[box], -1024, 3000).astype(np.int16)
    filled = erode(dilate(chest.lungs[box], 4), 4) & mask[box]
    return Host(
        name=chest.name,
        spacing_mm=chest.scan.spacing_mm,
        hu=hu,
        mask=mask[box],
        lungs=filled,
        regions=sort_regions(hu, filled),
        nodules=chest.nodules[box],
        ignored=dilate(chest.nodules[box] | chest.doubtful[box], 2),
    )


def sort_regions(hu: NDArray[np.int16], lungs: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The `Region` of each voxel."""
    inner = erode(lungs, 3)
    regions = np.full(hu.shape, Region.OUTSIDE, np.uint8)
    regions[lungs & ~inner] = Region.BORDER
    regions[inner & (hu < -600)] = Region.AIR
    regions[inner & (hu > -350)] = Region.STRUCTURE
    return regions


def random_spacing(rng: np.random.Generator) -> tuple[float, float, float]:
    """0.60 to 0.95 mm in plane with 7 % anisotropy, slices of 0.75 to 2.6 mm."""
    plane = rng.uniform(0.60, 0.95)
    stretch = np.exp(rng.normal(0, 0.035))
    return plane * stretch, plane / stretch, rng.uniform(0.75, 2.6)


def make_variants(chest: Chest, count: int, rng: np.random.Generator) -> list[Host]:
    """The native host and `count - 1` resampled ones, never much finer than the scan is."""
    finest = 0.6 * np.array(chest.scan.spacing_mm)
    spacings = [tuple(np.maximum(random_spacing(rng), finest)) for _ in range(count - 1)]
    return [chest.host()] + [chest.resampled(spacing) for spacing in spacings]
