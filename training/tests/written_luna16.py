"""A LUNA16 of two tiny scans with the outlines of LIDC-IDRI, and what its labels must be."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from written_files import ORIGIN_MM, SPACING_MM, write_itk

SHAPE = (72, 70, 40)
CENTRES = {"1.2.3": [(20, 30, 12), (52, 40, 25)], "1.2.4": [(50, 36, 20)]}
"""Columns, rows and slices of the accepted nodules, as stored in the file."""
FLIPPED = ("1.2.4",)
RADIUS = 4
SLICES = 2
"""Above and below the centre."""


@dataclass(frozen=True)
class WrittenLuna:
    folder: Path
    lidc: Path

    def nodules(self, uid: str) -> NDArray[np.bool_]:
        """The expected labels, to the patient's left, back and head."""
        mask = np.zeros(SHAPE, bool)
        for x, y, z in CENTRES[uid]:
            mask[x - RADIUS + 1 : x + RADIUS, y - RADIUS + 1 : y + RADIUS, z - SLICES : z + SLICES + 1] = True
            mask[x, y, z - SLICES : z + SLICES + 1] = False  # a hole that three readers left out
        return mask[::-1, ::-1] if uid in FLIPPED else mask


def write_luna16(folder: Path) -> WrittenLuna:
    """Both scans, in subsets 0 and 8, the second stored to the right and the front."""
    written = WrittenLuna(folder / "luna16", folder / "xml")
    rows = ["seriesuid,coordX,coordY,coordZ,diameter_mm"]
    for uid, subset in zip(CENTRES, (0, 8), strict=True):
        image, lungs = draw_chest(written.nodules(uid))
        write_itk(written.folder / f"subset{subset}" / f"{uid}.mhd", image, flipped=uid in FLIPPED)
        write_itk(written.folder / "seg-lungs-LUNA16" / f"{uid}.mhd", lungs, flipped=uid in FLIPPED)
        for centre in CENTRES[uid]:
            rows.append(",".join([uid, *(str(value) for value in to_mm(uid, centre)), "5.0"]))
        write_outlines(written.lidc / "157" / f"{uid}.xml", uid)
    (written.folder / "annotations.csv").write_text("\n".join(rows) + "\n")
    return written


def draw_chest(nodules: NDArray[np.bool_]) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """HU, and the labels of both lungs and of a trachea."""
    lungs = np.zeros(SHAPE, np.uint8)
    lungs[6:34, 8:60, 3:36], lungs[38:66, 8:60, 3:36], lungs[35:37, 30:34, 3:36] = 3, 4, 5
    image = np.where(lungs > 0, -850, 40).astype(np.int16)
    image += np.random.default_rng(0).normal(0, 20, SHAPE).astype(np.int16)
    image[nodules] = 30
    return image, lungs


def to_mm(uid: str, index: tuple[int, int, int]) -> list[float]:
    x, y, z = (SHAPE[0] - 1 - index[0], SHAPE[1] - 1 - index[1], index[2]) if uid in FLIPPED else index
    return [start + value * step for start, value, step in zip(ORIGIN_MM, (x, y, z), SPACING_MM, strict=True)]


def write_outlines(path: Path, uid: str) -> None:
    """Three readers outline every nodule and its hole; the fourth something else, and a point for a small one."""
    nodules = "".join(outlined(uid, centre) for centre in CENTRES[uid])
    alone = outlined(uid, (20, 50, 30))
    point = f"<unblindedReadNodule>{roi(uid, 5, [(9, 9)])}</unblindedReadNodule>"
    readers = (nodules, nodules, nodules, alone + point)
    sessions = "".join(f"<readingSession>{content}</readingSession>" for content in readers)
    header = f"<ResponseHeader><Version>1.8.1</Version><SeriesInstanceUid>{uid}</SeriesInstanceUid></ResponseHeader>"
    path.parent.mkdir(parents=True, exist_ok=True)
    root = f'<LidcReadMessage xmlns="http://www.nih.gov">{header}{sessions}</LidcReadMessage>'
    path.write_text(f'<?xml version="1.0"?>{root}')


def outlined(uid: str, centre: tuple[int, int, int]) -> str:
    x, y, z = centre
    rois = ""
    for k in range(z - SLICES, z + SLICES + 1):
        rois += roi(uid, k, square(x, y, RADIUS)) + roi(uid, k, square(x, y, 1), inclusion="FALSE")
    return f"<unblindedReadNodule><noduleID>1</noduleID>{rois}</unblindedReadNodule>"


def square(x: int, y: int, half: int) -> list[tuple[int, int]]:
    """Its outline, pixel by pixel."""
    sides = range(-half, half)
    right = [(x + a, y - half) for a in sides] + [(x + half, y + a) for a in sides]
    return right + [(x - a, y + half) for a in sides] + [(x - half, y - a) for a in sides]


def roi(uid: str, k: int, points: list[tuple[int, int]], inclusion: str = "TRUE") -> str:
    height = to_mm(uid, (0, 0, k))[2]
    edges = "".join(f"<edgeMap><xCoord>{x}</xCoord><yCoord>{y}</yCoord></edgeMap>" for x, y in points)
    return f"<roi><imageZposition>{height}</imageZposition><inclusion>{inclusion}</inclusion>{edges}</roi>"
