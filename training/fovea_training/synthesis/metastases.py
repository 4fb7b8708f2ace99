"""Enhancing lesions of 2 to 30 mm, as brain metastases look in T1 with contrast: solid, or a ring around a necrotic
core; and the oedema around them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.synthesis.bodies import Array, Body, Spacing, draw_body
from fovea_training.synthesis.implants import Canvas, overlap

DIAMETERS_MM = (2.0, 30.0)
SMALLNESS = 1.3
"""1 draws diameters log-uniformly; more draws smaller ones."""
ENHANCEMENT = (1.2, 2.3)
"""Signal of the enhancing part, white matter being 1."""
NECROSIS = (0.3, 0.95)
NECROTIC_SHARE = ((10.0, 0.65), (6.0, 0.3))
"""Of the lesions from so many mm on, how many have a necrotic core."""
TISSUE_ABOVE = 0.45
"""Of white matter's signal: what is darker is CSF and does not swell."""


@dataclass(frozen=True)
class Metastasis(Body):
    """A lesion before it is put anywhere, in the signal of its host."""

    signal: float
    necrosis: float | None
    """Signal of the core; None for a solid lesion."""
    noise: float
    minimum_change: float

    def blend(self, host: Array, body: Array, core: Array, rng: np.random.Generator) -> Array:
        """The host's signal with the lesion in it; all arrays (x, y, z)."""
        grain = ndimage.gaussian_filter(rng.standard_normal(host.shape, np.float32), 0.7)
        grain *= self.noise / max(float(grain.std()), 1e-6)
        inside = self.signal + grain
        if self.necrosis is not None:
            inside = inside + (self.necrosis - self.signal) * core
        return host * (1 - body) + inside * body


def draw_diameter_mm(rng: np.random.Generator) -> float:
    low, high = DIAMETERS_MM
    return float(low * (high / low) ** (rng.random() ** SMALLNESS))


def draw_metastasis(
    rng: np.random.Generator, diameter_mm: float, spacing_mm: Spacing, white_matter: float
) -> Metastasis:
    """A random lesion of about this diameter in a host with this signal of white matter."""
    share = next((share for least, share in NECROTIC_SHARE if diameter_mm >= least), 0.0)
    necrotic = bool(rng.random() < share)
    return Metastasis(
        **vars(draw_body(rng, diameter_mm, spacing_mm)),
        signal=white_matter * float(np.exp(rng.uniform(*np.log(ENHANCEMENT)))),
        necrosis=white_matter * float(rng.uniform(*NECROSIS)) if necrotic else None,
        noise=white_matter * float(rng.uniform(0.01, 0.08)),
        minimum_change=0.12 * white_matter,
    )


def add_oedema(
    canvas: Canvas, centre: NDArray[np.intp], radius_mm: float, factor: float, white_matter: float
) -> None:
    """Darkens the tissue around a lesion in a voxel to `factor` of its signal, with a soft edge; CSF stays as it is."""
    half = [int(np.ceil(1.5 * radius_mm / step)) for step in canvas.spacing_mm]
    axes = [np.arange(-count, count + 1) * step for count, step in zip(half, canvas.spacing_mm, strict=True)]
    squares = np.meshgrid(*(axis**2 for axis in axes), indexing="ij", sparse=True)
    share = np.clip((1.5 - np.sqrt(sum(squares)) / radius_mm) / 0.7, 0, 1).astype(np.float32)
    there, here = overlap(canvas.image.shape, share.shape, centre)
    host = canvas.image[there]
    swollen = canvas.allowed[there] & (canvas.labels[there] == 0) & (host > TISSUE_ABOVE * white_matter)
    canvas.image[there] = host * (1 - (1 - factor) * share[here] * swollen)
