"""A rough mask of the brain's tissue in T1: the largest body of voxels near white matter's signal, thin bridges cut.

Training needs it only to choose where lesions are implanted in a real head: cortex and sulci at the rim may be missed.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.data.lung_mask import dilate, erode, fill_slices, largest_component

STEP_MM = 2.0
BAND = (0.55, 1.2)
"""Of white matter's signal."""
BRIDGE = 3
"""Voxels of 2 mm that are taken off and put back, so that what hangs on by less falls off."""


def white_matter_signal(intensities: NDArray[np.floating]) -> float:
    """The commonest signal in the middle of the image's head, darker tissue and background left out."""
    bright = intensities > 0.3 * np.percentile(intensities, 99)
    box = ndimage.find_objects(bright.astype(np.uint8))[0]
    inner = tuple(slice(*np.quantile((side.start, side.stop), share).astype(int)) for side, share in
                  zip(box, ((0.3, 0.7), (0.3, 0.7), (0.55, 0.85)), strict=True))  # fmt: skip
    values = intensities[inner][bright[inner]]
    counts, edges = np.histogram(values, 60)
    peak = int(ndimage.gaussian_filter1d(counts.astype(float), 1.5).argmax())
    return float((edges[peak] + edges[peak + 1]) / 2)


def compute_brain_mask(intensities: NDArray[np.floating], spacing_mm: tuple[float, float, float]) -> NDArray[np.bool_]:
    """The mask on the image's grid, (x, y, z)."""
    zoom = [step / STEP_MM for step in spacing_mm]
    sigma = [max(0, 0.4 * (1 / factor - 1)) for factor in zoom]
    coarse = ndimage.zoom(ndimage.gaussian_filter(intensities, sigma), zoom, order=1)
    white = white_matter_signal(coarse)
    tissue = (coarse > BAND[0] * white) & (coarse < BAND[1] * white)
    core = largest_component(erode(tissue, BRIDGE))
    mask = fill_slices(dilate(core, BRIDGE) & tissue)
    back = [size / count for size, count in zip(intensities.shape, mask.shape, strict=True)]
    return ndimage.zoom(mask.astype(np.float32), back, order=1) > 0.5
