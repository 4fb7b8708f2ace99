"""A picture of what a model finds: the slice of the largest finding, in the lung window, with outlines."""

from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.inference import CONNECTIVITY_26

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (after the choice of a backend without a display)

WINDOW_HU = (-1100, 300)


def draw_findings(hu: NDArray[np.int16], found: NDArray[np.bool_], spacing_mm: tuple[float, ...], path: Path) -> None:
    """Writes the axial slice through the largest component of `found`; all arrays (x, y, z)."""
    labels, count = ndimage.label(found, CONNECTIVITY_26)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    height = int((labels == sizes.argmax()).sum(axis=(0, 1)).argmax()) if count else hu.shape[2] // 2
    figure, panel = pyplot.subplots(figsize=(5, 5 * hu.shape[1] * spacing_mm[1] / (hu.shape[0] * spacing_mm[0])))
    panel.imshow(
        hu[:, :, height].T, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1], aspect=spacing_mm[1] / spacing_mm[0]
    )
    if found[:, :, height].any():
        panel.contour(found[:, :, height].T, [0.5], colors=["#90ee90"], linewidths=1)
    panel.axis("off")
    figure.subplots_adjust(0, 0, 1, 1)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
