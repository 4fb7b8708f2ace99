"""Head maps with what contrast medium makes bright and their labels leave out: the dural sinuses and the dura."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fovea_training.data.head_maps import INTRACRANIAL, TISSUE_BITS, HeadMap, Tissue, load_head_map
from fovea_training.data.lung_mask import city_block_distance

SINUS = len(Tissue)
DURA = SINUS + 1
TISSUES = DURA + 1
SINUS_REACH = 9
"""Voxels from the bone within which a sinus may run."""
MIDLINE = 4
"""Voxels to either side of the middle that the superior sagittal sinus takes."""
PARENCHYMA = (
    Tissue.WHITE_MATTER, Tissue.CORTEX, Tissue.DEEP_GREY, Tissue.CEREBELLAR_WHITE, Tissue.CEREBELLAR_CORTEX,
    Tissue.BRAIN_STEM,
)  # fmt: skip
LISTED = 50_000
"""Voxels of a kind that are kept as places to draw from."""


@dataclass(frozen=True)
class ContrastMap:
    """A head at 1 mm; all voxels and places are on axes (z, y, x), as in `HeadMap`."""

    voxels: NDArray[np.uint8]
    """The `Tissue`, SINUS or DURA, plus INTRACRANIAL within the skull."""
    parenchyma: NDArray[np.intp]
    """Some of the voxels in which lesions grow: (n, 3)."""
    body: NDArray[np.intp]
    """Some of those that are not air: (n, 3)."""
    sample: NDArray[np.uint8]
    """The tissues of some voxels anywhere, air included."""


def load_contrast_map(number: int) -> ContrastMap:
    """Reads head map 1 to 10; raises SeriesError where it is missing."""
    return make_contrast_map(load_head_map(number), np.random.default_rng(number))


def make_contrast_map(head: HeadMap, rng: np.random.Generator) -> ContrastMap:
    voxels = head.voxels.copy()
    tissues = voxels & TISSUE_BITS
    sinuses, dura = find_sinuses(tissues), find_dura(tissues)
    voxels[dura] = DURA + INTRACRANIAL
    voxels[sinuses] = SINUS + INTRACRANIAL
    return ContrastMap(
        voxels=voxels,
        parenchyma=some_places(np.isin(voxels & TISSUE_BITS, PARENCHYMA), rng),
        body=some_places(tissues != Tissue.AIR, rng),
        sample=rng.choice(voxels.ravel(), LISTED) & TISSUE_BITS,
    )


def find_sinuses(tissues: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """CSF near the bone: in the midline behind and above, and where cerebrum, cerebellum and skull meet."""
    csf, cortex = tissues == Tissue.CSF, tissues == Tissue.CORTEX
    cerebellum = tissues == Tissue.CEREBELLAR_CORTEX
    outer = csf & (city_block_distance(~is_bone(tissues)) <= SINUS_REACH)
    z, y, x = np.nonzero(cortex)
    middle = np.zeros(tissues.shape, np.bool_)
    middle[int(z.mean()) :, :, int(x.mean()) - MIDLINE : int(x.mean()) + MIDLINE + 1] = True
    middle[:, int(y.mean()) :, int(x.mean()) - MIDLINE : int(x.mean()) + MIDLINE + 1] = True
    meeting = (city_block_distance(~cerebellum) <= SINUS_REACH) & (city_block_distance(~cortex) <= SINUS_REACH)
    return outer & (middle | meeting)


def find_dura(tissues: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The outermost voxel of CSF."""
    return (tissues == Tissue.CSF) & (city_block_distance(~is_bone(tissues)) <= 1)


def is_bone(tissues: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (tissues == Tissue.CORTICAL_BONE) | (tissues == Tissue.CANCELLOUS_BONE)


def some_places(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.intp]:
    places = np.argwhere(mask)
    return places[rng.choice(len(places), min(LISTED, len(places)), replace=False)]
