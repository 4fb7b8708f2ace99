"""A classical lung mask: air inside the body, by threshold and components; and the published widening of it.

At run time the node computes its own mask in the same way; training needs only a similar one.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

AIR_HU = -400.0
"""Below this a voxel counts as air or lung."""
MINIMUM_LUNG_ML = 200.0
"""Smaller air spaces (bowel, trachea alone) are left out."""
MINIMUM_CROPPED_LUNG_ML = 50.0


def compute_lung_mask(hu: NDArray[np.floating], spacing_mm: tuple[float, float, float]) -> NDArray[np.bool_]:
    """The air spaces inside the body of at least 200 mL, of (x, y, z), holes filled slice by slice."""
    body = largest_component(ndimage.binary_opening(hu > AIR_HU, iterations=2))
    air = ndimage.binary_opening(fill_slices(body) & (hu < AIR_HU))
    return keep_large(air, spacing_mm, MINIMUM_LUNG_ML)


def compute_cropped_lung_mask(hu: NDArray[np.floating], spacing_mm: tuple[float, float, float]) -> NDArray[np.bool_]:
    """The same for a scan that was cropped inside the body, where nothing beyond the skin is in view."""
    return keep_large(ndimage.binary_opening(hu < AIR_HU), spacing_mm, MINIMUM_CROPPED_LUNG_ML)


def keep_large(mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float], minimum_ml: float) -> NDArray[np.bool_]:
    """The 6-connected components of at least `minimum_ml`, holes filled slice by slice."""
    labels, count = ndimage.label(mask)
    kept = np.bincount(labels.ravel(), minlength=count + 1) * np.prod(spacing_mm) / 1000 >= minimum_ml
    kept[0] = False
    return fill_slices(kept[labels])


def published_mask(lungs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """10 dilations, 10 erosions, 3 dilations with the 6-neighbour cross (LowRes, section 2.4, as coded)."""
    return dilate(erode(dilate(lungs, 10), 10), 3)


def dilate(mask: NDArray[np.bool_], iterations: int) -> NDArray[np.bool_]:
    """Repeated dilation by the 6-neighbour cross, which is a threshold on the city-block distance."""
    return city_block_distance(~mask) <= iterations


def erode(mask: NDArray[np.bool_], iterations: int) -> NDArray[np.bool_]:
    """Repeated erosion by the 6-neighbour cross; what lies beyond the array counts as background, as in SciPy."""
    padded = np.pad(mask, 1)
    return (city_block_distance(padded) > iterations)[1:-1, 1:-1, 1:-1]


def city_block_distance(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Steps from each voxel of the mask to the nearest one outside of it."""
    if mask.all():
        return np.full(mask.shape, np.iinfo(np.int32).max, np.int32)
    return ndimage.distance_transform_cdt(mask, metric="taxicab")


def fill_slices(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fills the holes of each axial slice."""
    return np.stack([ndimage.binary_fill_holes(mask[:, :, k]) for k in range(mask.shape[2])], axis=-1)


def largest_component(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest 6-connected component; an empty mask stays empty."""
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return labels == sizes.argmax()
