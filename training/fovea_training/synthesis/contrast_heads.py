"""T1 images of heads with contrast medium, synthesised from label maps, in patches or whole, at 1 mm.

Vessels, sinuses, dura, choroid plexus, mucosa and fat are as bright as lesions: what the network learns to leave alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.data.contrast_maps import DURA, SINUS, TISSUES, ContrastMap
from fovea_training.data.head_maps import INTRACRANIAL, TISSUE_BITS, Tissue
from fovea_training.synthesis.bodies import Array
from fovea_training.synthesis.heads import (
    FIELD_MM,
    Deformation,
    brain_means,
    fetch,
    fetch_field,
    interpolate,
    smooth_field,
)

SPACING_MM = 1.0
SAMPLES = 2
"""Of the label map per voxel, for partial volume."""
FATTY = (Tissue.SOFT_TISSUE, Tissue.SKIN)
TOP_PERCENTILE = 98.0
"""Of the whole image, which becomes 1."""
CEILING = 2.0
"""What is brighter is cut off."""


@dataclass(frozen=True)
class Signal:
    """How one image shows each tissue, white matter being about 1."""

    mean: Array
    texture: Array
    """Deviation within a tissue."""
    fat: float
    fat_threshold: float
    """Of the texture, from which on soft tissue is fat."""
    plexus: float
    plexus_threshold: float
    """Of the texture, from which on the ventricles hold choroid plexus."""
    white_matter: float

    def sample(self, tissues: NDArray[np.uint8], field: Array) -> Array:
        """The signal of voxels, `field` being noise of unit deviation."""
        values = self.mean[tissues] + self.texture[tissues] * field
        values[np.isin(tissues, FATTY) & (field > self.fat_threshold)] = self.fat
        values[(tissues == Tissue.VENTRICLE) & (field > self.plexus_threshold)] = self.plexus
        return np.maximum(values, 0)

    def top(self, head: ContrastMap, rng: np.random.Generator) -> float:
        """About the percentile of the whole image that the node scales it by."""
        field = rng.standard_normal(head.sample.size, np.float32)
        return float(np.percentile(self.sample(head.sample, field), TOP_PERCENTILE))


@dataclass(frozen=True)
class HeadImage:
    """A synthetic head, or a part of it, before the scanner adds its own; arrays (x, y, z)."""

    image: Array
    intracranial: NDArray[np.bool_]
    parenchyma: NDArray[np.bool_]
    white_matter: float
    top: float


def draw_signal(rng: np.random.Generator) -> Signal:
    white = float(rng.uniform(0.85, 1.15))
    grey = white * rng.uniform(0.62, 0.9) if rng.random() < 0.8 else white * rng.uniform(0.85, 1.1)
    means = brain_means(rng, white, grey, white * rng.uniform(0.1, 0.4)) | {
        Tissue.AIR: rng.uniform(0, 0.03),
        Tissue.ARTERY: rng.uniform(0.9, 2.2),
        Tissue.VEIN: rng.uniform(0.9, 2.2),
        Tissue.EYE: rng.uniform(0.15, 0.45),
        Tissue.EYE_MUSCLE: rng.uniform(0.8, 1.7),
        Tissue.OPTIC_NERVE: rng.uniform(0.6, 1),
        Tissue.MUCOSA: rng.uniform(0.7, 1.9),
        Tissue.SOFT_TISSUE: rng.uniform(0.5, 1),
        Tissue.SKIN: rng.uniform(0.6, 1.7),
        Tissue.CORTICAL_BONE: rng.uniform(0.02, 0.25),
        Tissue.CANCELLOUS_BONE: rng.uniform(0.3, 1.6),
        SINUS: rng.uniform(1, 2.2),
        DURA: rng.uniform(0.2, 1.5),
    }
    texture = rng.uniform(0.01, 0.07, TISSUES).astype(np.float32)
    texture[[Tissue.SOFT_TISSUE, Tissue.MUCOSA, Tissue.SKIN]] = rng.uniform(0.05, 0.3)
    texture[[SINUS, DURA]] = rng.uniform(0.05, 0.4)
    return Signal(
        mean=np.array([means[tissue] for tissue in range(TISSUES)], np.float32),
        texture=texture,
        fat=float(rng.uniform(0.9, 2)),
        fat_threshold=float(rng.uniform(-0.8, 1.2)),
        plexus=float(rng.uniform(0.9, 1.9)),
        plexus_threshold=float(rng.uniform(1, 2.5)),
        white_matter=white,
    )


class ContrastHeads:
    """Draws images from one head map; everything random comes from the generator that is passed."""

    def __init__(self, head: ContrastMap, seed: int = 0) -> None:
        self.head = head
        rng = np.random.default_rng(seed)
        self.fields = [smooth_field(rng, 140, sigma) for sigma in (0.7, 1, 1.5, 2)]

    def patch(self, rng: np.random.Generator, place: NDArray[np.integer], side: int) -> HeadImage:
        """A cube around a voxel of the map."""
        space = Deformation(rng, self.head)
        middle = np.linalg.inv(space.matrix) @ (place - space.centre)
        axis = (np.arange(side) - (side - 1) / 2) * SPACING_MM
        return self.paint(rng, space, tuple(axis + offset for offset in middle))

    def whole(self, rng: np.random.Generator) -> HeadImage:
        """The whole head."""
        space = Deformation(rng, self.head)
        axes = tuple((np.arange(size) - (size - 1) / 2) * SPACING_MM for size in self.head.voxels.shape)
        return self.paint(rng, space, axes)

    def paint(self, rng: np.random.Generator, space: Deformation, axes: tuple[NDArray[np.floating], ...]) -> HeadImage:
        """The image at positions in mm from the middle of the head, along z, y and x."""
        places = space.at(axes)
        field = self.fields[rng.integers(len(self.fields))]
        signal = draw_signal(rng)
        image = np.zeros(places.shape[1:], np.float32)
        for _ in range(SAMPLES):
            points = places + rng.uniform(-0.5, 0.5, (3, 1, 1, 1)).astype(np.float32)
            voxels = fetch(self.head.voxels, points)
            image += signal.sample(voxels & TISSUE_BITS, fetch_field(field, points)) / SAMPLES
        voxels = fetch(self.head.voxels, places)
        tissues = voxels & TISSUE_BITS
        return HeadImage(
            image=as_xyz(image),
            intracranial=as_xyz(voxels >= INTRACRANIAL),
            parenchyma=as_xyz(is_parenchyma(tissues)),
            white_matter=signal.white_matter,
            top=signal.top(self.head, rng),
        )


def is_parenchyma(tissues: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where lesions grow: brain without CSF."""
    return (tissues >= Tissue.WHITE_MATTER) & (tissues <= Tissue.BRAIN_STEM)


def as_xyz(values: NDArray) -> NDArray:
    return np.ascontiguousarray(values.T)


def scan(image: Array, white_matter: float, rng: np.random.Generator) -> Array:
    """What the scanner adds: blur, more of it across thick slices, a bias field, noise, at times sharpening."""
    across = rng.uniform(0.4, 1.5) if rng.random() < 0.5 else rng.uniform(0, 0.4)
    sigma = rng.permutation([across, *rng.uniform(0, 0.6, 2)])
    image = ndimage.gaussian_filter(image, sigma)
    if rng.random() < 0.2:
        image = image + rng.uniform(0.2, 0.8) * (image - ndimage.gaussian_filter(image, 1.0))
    image = image * bias_field(image.shape, rng)
    noise = rng.standard_normal(image.shape, np.float32)
    if rng.random() < 0.6:
        noise = ndimage.gaussian_filter(noise, sigma)
        noise /= noise.std()
    level = white_matter * float(np.exp(rng.uniform(np.log(0.005), np.log(0.08))))
    return np.abs(image + level * noise)


def bias_field(shape: tuple[int, ...], rng: np.random.Generator, controls: int = 3) -> Array:
    """A smooth factor around 1."""
    field = rng.normal(0, rng.uniform(0, 0.2), (controls,) * 3).astype(np.float32)
    for axis, size in enumerate(shape):
        field = interpolate(field, np.linspace(-FIELD_MM / 2, FIELD_MM / 2, size), axis)
    return np.exp(field)


def to_network(image: Array, top: float) -> Array:
    """The percentile as 1, cut off at CEILING, scaled to 0 to 1."""
    return np.clip(image / max(top, 1e-3), 0, CEILING).astype(np.float32) / CEILING
