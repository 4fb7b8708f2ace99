"""Training patches: a cut from a host, hard negatives, implants, augmentation, published preprocessing."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.data.hosts import Host, Region
from fovea_training.data.preprocessing import to_network
from fovea_training.synthesis.implants import Canvas, add_tube, implant
from fovea_training.synthesis.nodules import draw_diameter_mm, draw_nodule

SIDE = 64
"""Voxels of a patch, per axis."""
PATCH_CENTRES = {Region.AIR: 0.45, Region.STRUCTURE: 0.30, Region.BORDER: 0.25}
NODULE_CENTRES = {Region.AIR: 0.55, Region.STRUCTURE: 0.17, Region.BORDER: 0.28}
JITTER = 20
"""Voxels by which a patch's centre is moved at random."""
TUBE_PROBABILITY = 0.35
MOST_NODULES = 3
"""In a patch."""
NODULE_SHARES = (0.60, 0.16, 0.24)
"""Of solid, part-solid and ground-glass nodules: more subsolid ones than in life, as the small ones are all solid."""


class Patch(NamedTuple):
    """One training sample; all arrays (64, 64, 64)."""

    image: NDArray[np.float32]
    """Network input, 0 to 1."""
    target: NDArray[np.float32]
    """1 in implanted lesions."""
    weight: NDArray[np.float32]
    """0 around real lesions, 1 elsewhere."""


class PatchSampler(Protocol):
    """What patches are drawn from: one host."""

    share: float
    """How often it is drawn from, beside the others."""

    def draw(self, rng: np.random.Generator, implant_probability: float) -> Patch:
        """A random patch, with lesions implanted with this probability."""


@dataclass(frozen=True)
class HostSampler:
    """A host with the voxels of its regions listed, ready to be cut from."""

    host: Host
    centres: dict[Region, NDArray[np.intp]]

    @property
    def share(self) -> float:
        """The volume of the lungs in mL: crops are seen less often than whole chests."""
        return float(self.host.lungs.sum() * np.prod(self.host.spacing_mm) / 1000)

    @classmethod
    def of(cls, host: Host, rng: np.random.Generator, limit: int = 100_000) -> "HostSampler":
        """Lists at most `limit` random centres per region."""
        centres = {}
        for region in PATCH_CENTRES:
            found = host.centres(region)
            if len(found) > limit:
                found = found[rng.choice(len(found), limit, replace=False)]
            if len(found):
                centres[region] = found
        return cls(host, centres)

    def draw_centre(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """A random centre of a patch."""
        region = choose(PATCH_CENTRES, set(self.centres), rng)
        found = self.centres[region]
        return found[rng.integers(len(found))] + rng.integers(-JITTER, JITTER + 1, 3)

    def draw(self, rng: np.random.Generator, implant_probability: float) -> Patch:
        """One training sample."""
        return draw_patch(self, rng, implant_probability)


def draw_patch(sampler: HostSampler, rng: np.random.Generator, implant_probability: float) -> Patch:
    """Cuts, implants, augments and preprocesses one patch."""
    host = sampler.host
    start = sampler.draw_centre(rng) - SIDE // 2
    hu = cut(host.hu, start, fill=-1024).astype(np.float32)
    mask = cut(host.mask, start, fill=False)
    regions = cut(host.regions, start, fill=Region.OUTSIDE)
    ignored = cut(host.ignored, start, fill=False)
    lungs = cut(host.lungs, start, fill=False)
    canvas = Canvas(hu, lungs, ignored, np.zeros(hu.shape, np.uint8), host.spacing_mm)
    if rng.random() < TUBE_PROBABILITY:
        for centre in nodule_centres(regions, int(rng.integers(1, 3)), rng):
            add_tube(canvas, centre, vessel_hu(rng), rng)
    if rng.random() < implant_probability:
        for centre in nodule_centres(regions, int(rng.integers(1, MOST_NODULES + 1)), rng):
            nodule = draw_nodule(rng, draw_diameter_mm(rng), host.spacing_mm, NODULE_SHARES)
            implant(canvas, nodule, centre, rng)
    hu = augment_intensities(canvas.image, rng)
    image = to_network(np.where(mask, hu, -1024))
    arrays = [image, (canvas.labels > 0).astype(np.float32), 1 - ignored.astype(np.float32)]
    return Patch(*augment_geometry(arrays, rng))


def vessel_hu(rng: np.random.Generator) -> float:
    """Of a vessel without contrast, or in a fifth with."""
    return float(rng.normal(30, 50) if rng.random() < 0.8 else rng.uniform(80, 300))


def cut(array: NDArray, start: NDArray[np.intp], fill: float, side: int = SIDE) -> NDArray:
    """A cube from `start`; `fill` where it leaves the array."""
    low = np.maximum(start, 0)
    high = np.minimum(start + side, array.shape)
    cube = np.full((side,) * 3, fill, array.dtype)
    if (high > low).all():
        there = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        here = tuple(slice(a - s, b - s) for a, b, s in zip(low, high, start, strict=True))
        cube[here] = array[there]
    return cube


def choose(weights: dict[Region, float], available: set[Region], rng: np.random.Generator) -> Region:
    """A region by weight, among those that exist."""
    regions = [region for region in weights if region in available]
    shares = np.array([weights[region] for region in regions])
    return regions[int(rng.choice(len(regions), p=shares / shares.sum()))]


def nodule_centres(
    regions: NDArray[np.uint8], count: int, rng: np.random.Generator, attempts: int = 300
) -> list[NDArray[np.intp]]:
    """Up to `count` voxels of a patch, each in a region drawn by weight; fewer where the patch has no such voxel."""
    found: list[NDArray[np.intp]] = []
    present = {Region(value) for value in np.unique(regions[::2, ::2, ::2])}
    for _ in range(count if present & set(NODULE_CENTRES) else 0):
        wanted = choose(NODULE_CENTRES, present, rng)
        candidates = rng.integers(0, regions.shape, size=(attempts, 3))
        hits = candidates[regions[tuple(candidates.T)] == wanted]
        if len(hits):
            found.append(hits[0])
    return found


def augment_intensities(hu: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Blur or sharpening, noise of 5 to 60 HU, gain of 5 %, shift of 40 HU."""
    chance = rng.random()
    if chance < 0.2:
        hu = ndimage.gaussian_filter(hu, rng.uniform(0.3, 0.8))
    elif chance < 0.4:
        hu = hu + rng.uniform(0.3, 1.2) * (hu - ndimage.gaussian_filter(hu, 1.0))
    if rng.random() < 0.5:
        noise = rng.standard_normal(hu.shape, np.float32)
        if rng.random() < 0.5:
            noise = ndimage.gaussian_filter(noise, 0.6)
            noise /= noise.std()
        hu = hu + noise * float(np.exp(rng.uniform(np.log(5), np.log(60))))
    return (hu + 1000) * float(rng.uniform(0.95, 1.05)) - 1000 + float(rng.uniform(-40, 40))


def augment_geometry(arrays: list[NDArray], rng: np.random.Generator) -> list[NDArray]:
    """Flips along each axis, x and y exchanged in half, all axes permuted in a quarter."""
    order = rng.permutation(3) if rng.random() < 0.25 else [1, 0, 2] if rng.random() < 0.5 else [0, 1, 2]
    flips = tuple(int(axis) for axis in range(3) if rng.random() < 0.5)
    return [np.ascontiguousarray(np.flip(array.transpose(order), flips)) for array in arrays]
