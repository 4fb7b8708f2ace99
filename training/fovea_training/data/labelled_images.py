"""2-D images with their masks: what Segment-then-Segment is trained on as published.

Anything with a length whose items are `LabelledImage` will do; here are a folder of pictures, as cells and polyps come in, and
the axial slices of volumes, as the aorta does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.pairs import entries, find_pairs, read_pair

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
AORTA_WINDOW = (200.0, 500.0)
"""HU, of the published experiment on the aorta."""
AORTA_OFFSET = 0.1


class LabelledImage(NamedTuple):
    """An image (channel, y, x) as the network gets it, and the mask (y, x) of what it is to find."""

    image: NDArray[np.float32]
    mask: NDArray[np.bool_]


@dataclass(frozen=True)
class PictureFolder:
    """Grey or colour pictures with their raw values (0 to 255), and masks, not 0 where there is something."""

    pictures: list[tuple[Path, Path]]

    @classmethod
    def find(cls, images: Path, masks: Path) -> "PictureFolder":
        """Every picture in `images` with the one in `masks` that has its name; raises SeriesError for one without."""
        found = {path.stem: path for path in entries(images) if path.suffix.lower() in PICTURES}
        truths = {path.stem: path for path in entries(masks) if path.suffix.lower() in PICTURES}
        if not found:
            raise SeriesError(f"{images}: no pictures in it ({', '.join(PICTURES)})")
        single = sorted(found.keys() ^ truths.keys())
        if single:
            raise SeriesError(f"{images} and {masks}: images and masks are paired by name; single: {', '.join(single[:5])}")
        return cls([(found[name], truths[name]) for name in sorted(found)])

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, number: int) -> LabelledImage:
        picture, truth = (np.asarray(Image.open(path)) for path in self.pictures[number])
        mask = truth.reshape(*truth.shape[:2], -1)[..., 0] > 0
        if picture.shape[:2] != mask.shape:
            raise SeriesError(f"{self.pictures[number][1]}: its size {mask.shape} differs from the image's {picture.shape[:2]}")
        channels = picture[None] if picture.ndim == 2 else np.moveaxis(picture[..., :3], -1, 0)
        return LabelledImage(channels.astype(np.float32), mask)


@dataclass(frozen=True)
class AxialSlices:
    """The slices with something to find of labelled CT volumes, in the published window."""

    slices: list[LabelledImage]

    @classmethod
    def read(cls, images: Path, labels: Path) -> list["AxialSlices"]:
        """One for each volume, so that patients are not split."""
        return [cls.of(*scan) for scan in map(lps_slices, find_pairs(images, labels))]

    @classmethod
    def of(cls, images: NDArray[np.float32], masks: NDArray[np.bool_]) -> "AxialSlices":
        low, high = AORTA_WINDOW
        values = ((np.clip(images, low, high) - low) / (high - low) - AORTA_OFFSET).astype(np.float32)
        return cls([LabelledImage(image[None], mask) for image, mask in zip(values, masks, strict=True) if mask.any()])

    def __len__(self) -> int:
        return len(self.slices)

    def __getitem__(self, number: int) -> LabelledImage:
        return self.slices[number]


def lps_slices(pair) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A volume and its foreground, both (z, y, x)."""
    scan = read_pair(pair)
    return scan.intensities.T, scan.labels.T > 0


def split(count: int, shares: Sequence[float], rng: np.random.Generator) -> list[list[int]]:
    """The numbers below `count`, shuffled and divided; every part gets at least one, and the first what is left over."""
    order = [int(number) for number in rng.permutation(count)]
    sizes = [max(1, int(share * count)) for share in shares[1:]]
    if sum(sizes) >= count:
        raise SeriesError(f"{count} are too few to be divided into {len(shares)} parts: give at least {len(shares)}")
    parts = [order[: count - sum(sizes)]]
    for size in sizes:
        start = sum(map(len, parts))
        parts.append(order[start : start + size])
    return parts
