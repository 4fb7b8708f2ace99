"""Training patches of heads for brain metastases: from synthetic heads with contrast, and from real ones without."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fovea_training.data.contrast_maps import load_contrast_map, some_places
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.head_maps import HELD_OUT, MAPS
from fovea_training.data.real_heads import SOURCES, RealHead, load_real_head
from fovea_training.synthesis.bodies import Array, Spacing
from fovea_training.synthesis.contrast_heads import SPACING_MM, TOP_PERCENTILE, ContrastHeads, scan, to_network
from fovea_training.synthesis.implants import Canvas, add_tube, implant
from fovea_training.synthesis.metastases import add_oedema, draw_diameter_mm, draw_metastasis
from fovea_training.synthesis.patches import JITTER, SIDE, Patch, augment_geometry, cut

SYNTHETIC = "synthetic"
"""The host that stands for all head maps but the held-out ones."""
BRAIN_SHARE = 0.8
"""Of the patches, centred in the brain; the others lie anywhere in the head."""
VESSEL_PROBABILITY = 0.6
MOST_VESSELS = 4
VESSEL_RADII_MM = (0.4, 1.8)
VESSEL_SIGNAL = (0.9, 2.2)
"""White matter being 1."""
DECOY_PROBABILITY = 0.35
MOST_DECOYS = 4
MOST_LESIONS = 4
OEDEMA_PROBABILITY = 0.35
LEAST_OEDEMA_MM = 5.0
"""Smaller lesions have none."""
REAL_SHARE = 0.12
"""Of the patches of all synthetic heads together, from each real one."""
SCALE_DEVIATION = 0.12
"""Of the logarithm of what becomes 1."""


@dataclass(frozen=True)
class SyntheticSampler:
    """Patches of one head map, each deformed and painted anew."""

    heads: ContrastHeads
    share: float

    def draw(self, rng: np.random.Generator, implant_probability: float) -> Patch:
        places = self.heads.head.parenchyma if rng.random() < BRAIN_SHARE else self.heads.head.body
        place = places[rng.integers(len(places))] + rng.integers(-JITTER, JITTER + 1, 3)
        head = self.heads.patch(rng, place, SIDE)
        nothing = np.zeros(head.image.shape, np.bool_)
        canvas = new_canvas(head.image, head.intracranial, nothing, (SPACING_MM,) * 3)
        return finish(canvas, head.parenchyma, head.white_matter, head.top, rng, implant_probability)


@dataclass(frozen=True)
class RealSampler:
    """Patches of a real head at about 1 mm."""

    head: RealHead
    places: NDArray[np.intp]
    top: float
    share: float

    @classmethod
    def of(cls, head: RealHead, share: float, rng: np.random.Generator) -> "RealSampler":
        return cls(head, some_places(head.parenchyma, rng), float(np.percentile(head.signal, TOP_PERCENTILE)), share)

    def draw(self, rng: np.random.Generator, implant_probability: float) -> Patch:
        head = self.head
        start = self.places[rng.integers(len(self.places))] + rng.integers(-JITTER, JITTER + 1, 3) - SIDE // 2
        image, allowed, ignored, parenchyma = (
            cut(values, start, fill=0) for values in (head.signal, head.intracranial, head.ignored, head.parenchyma)
        )
        canvas = new_canvas(image.copy(), allowed, ignored, head.spacing_mm)
        return finish(canvas, parenchyma, head.white_matter, self.top, rng, implant_probability)


def new_canvas(image: Array, allowed: NDArray[np.bool_], taken: NDArray[np.bool_], spacing_mm: Spacing) -> Canvas:
    return Canvas(image, allowed, taken, np.zeros(image.shape, np.uint8), spacing_mm)


def finish(
    canvas: Canvas,
    parenchyma: NDArray[np.bool_],
    white_matter: float,
    top: float,
    rng: np.random.Generator,
    implant_probability: float,
) -> Patch:
    """Vessels, decoys, lesions, the scanner's part, augmentation and the node's preprocessing of a patch of a head."""
    places = np.argwhere(parenchyma)
    if len(places) and rng.random() < VESSEL_PROBABILITY:
        for place in some_places(parenchyma, rng)[: rng.integers(1, MOST_VESSELS + 1)]:
            add_tube(canvas, place, white_matter * float(rng.uniform(*VESSEL_SIGNAL)), rng, VESSEL_RADII_MM)
    if rng.random() < DECOY_PROBABILITY:
        add_decoys(canvas, white_matter, int(rng.integers(1, MOST_DECOYS + 1)), rng)
    if len(places) and rng.random() < implant_probability:
        for _ in range(int(rng.integers(1, MOST_LESIONS + 1))):
            add_lesion(canvas, places, draw_diameter_mm(rng), white_matter, rng)
    image = scan(canvas.image, white_matter, rng)
    image = to_network(image, top * float(np.exp(rng.normal(0, SCALE_DEVIATION))))
    arrays = [image, (canvas.labels > 0).astype(np.float32), 1 - canvas.taken.astype(np.float32)]
    return Patch(*augment_geometry(arrays, rng))


def add_decoys(canvas: Canvas, white_matter: float, count: int, rng: np.random.Generator) -> None:
    """What looks as lesions do but lies outside of the brain, unlabelled: nodes, cysts, fat, markers on the skin."""
    outside = new_canvas(canvas.image, ~canvas.allowed, canvas.taken, canvas.spacing_mm)
    for _ in range(count):
        decoy = draw_metastasis(rng, draw_diameter_mm(rng), canvas.spacing_mm, white_matter)
        implant(outside, decoy, rng.integers(0, canvas.image.shape), rng)


def add_lesion(
    canvas: Canvas, places: NDArray[np.intp], diameter_mm: float, white_matter: float, rng: np.random.Generator
) -> bool:
    """Implants a lesion at one of `places` (n, 3), at times with oedema; False where it does not fit."""
    place = places[rng.integers(len(places))]
    if not implant(canvas, draw_metastasis(rng, diameter_mm, canvas.spacing_mm, white_matter), place, rng):
        return False
    if diameter_mm >= LEAST_OEDEMA_MM and rng.random() < OEDEMA_PROBABILITY:
        radius = diameter_mm / 2 * float(rng.uniform(1.1, 1.9))
        add_oedema(canvas, place, radius, float(rng.uniform(0.65, 0.95)), white_matter)
    return True


def head_samplers(name: str, seed: int) -> list[SyntheticSampler | RealSampler]:
    """Those of `synthetic` or of a real head; raises SeriesError for an unknown name."""
    if name == SYNTHETIC:
        numbers = [number for number in MAPS if number not in HELD_OUT]
        return [SyntheticSampler(ContrastHeads(load_contrast_map(n), seed), 1 / len(numbers)) for n in numbers]
    if name in SOURCES:
        return [RealSampler.of(load_real_head(name), REAL_SHARE, np.random.default_rng([seed, 0]))]
    raise SeriesError(f"{name}: no such host; there are {', '.join((SYNTHETIC, *SOURCES))}")
