"""Lung nodules of 3 to 30 mm, drawn at random, for implantation into a real chest CT.

A quarter of them are spiculated. Solid, part-solid and ground-glass ones differ in how they are blended with the host.
"""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

import numpy as np
from scipy import ndimage

from fovea_training.synthesis.bodies import Array, Body, Spacing, draw_body

SMALLNESS = 1.5
"""1 draws diameters log-uniformly; more draws smaller ones."""
SHARES = (0.72, 0.13, 0.15)
"""Of solid, part-solid and ground-glass nodules, from 5 mm on: below nothing subsolid could be told from noise."""
SPICULE_PROBABILITY = 0.25


class Consistency(Enum):
    """How dense a nodule is."""

    SOLID = "solid"
    PART_SOLID = "part-solid"
    GROUND_GLASS = "ground-glass"


@dataclass(frozen=True)
class Nodule(Body):
    """A nodule before it is put anywhere."""

    consistency: Consistency
    hu: float
    """Of the solid part; of ground glass, what it adds to the host."""
    noise_hu: float
    takes_maximum: bool
    """Whether a solid nodule leaves brighter host voxels (vessels, ribs) as they are."""
    minimum_change: ClassVar[float] = 120.0
    """HU; a fainter implant would be a label on nothing."""

    def blend(self, host: Array, body: Array, core: Array, rng: np.random.Generator) -> Array:
        """The host's intensities with the nodule in them; all arrays (x, y, z), intensities in HU."""
        grain = ndimage.gaussian_filter(rng.normal(size=host.shape).astype(np.float32), 0.7)
        noise = self.noise_hu * grain / max(float(grain.std()), 1e-6)
        if self.consistency is Consistency.GROUND_GLASS:
            return host + body * (self.hu + noise) * (host < self.hu)
        veil = host
        if self.consistency is Consistency.PART_SOLID:
            veil, body = host + body * (300 + noise) * (host < -200), core
        solid = veil * (1 - body) + (self.hu + noise) * body
        return np.maximum(veil, solid) if self.takes_maximum else solid


def draw_diameter_mm(rng: np.random.Generator, low: float = 3.5, high: float = 28.0) -> float:
    """Half of them below 7.3 mm: a large nodule fills a hundred times the cells of a small one."""
    return float(low * (high / low) ** (rng.random() ** SMALLNESS))


def draw_nodule(
    rng: np.random.Generator, diameter_mm: float, spacing_mm: Spacing, shares: tuple[float, ...] = SHARES
) -> Nodule:
    """A random nodule of about this diameter."""
    consistency = draw_consistency(rng, diameter_mm, shares)
    return Nodule(
        **vars(draw_body(rng, diameter_mm, spacing_mm, SPICULE_PROBABILITY)),
        consistency=consistency,
        hu=draw_hu(rng, consistency),
        noise_hu=float(rng.uniform(10, 35)),
        takes_maximum=bool(rng.random() < 0.7),
    )


def draw_consistency(rng: np.random.Generator, diameter_mm: float, shares: tuple[float, ...]) -> Consistency:
    """One of the three by its share; below 5 mm always solid."""
    if diameter_mm < 5:
        return Consistency.SOLID
    choices = [Consistency.SOLID, Consistency.PART_SOLID, Consistency.GROUND_GLASS]
    return choices[int(rng.choice(3, p=shares))]


def draw_hu(rng: np.random.Generator, consistency: Consistency) -> float:
    """20 +- 45 HU for solid parts, a tenth of the solid nodules calcified; +220 to +480 HU for ground glass."""
    if consistency is Consistency.GROUND_GLASS:
        return float(rng.uniform(220, 480))
    if consistency is Consistency.SOLID and rng.random() < 0.1:
        return float(rng.uniform(200, 700))
    return float(rng.normal(20, 45))
