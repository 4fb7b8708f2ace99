"""The readers' outlines of LIDC-IDRI: XML files of nodules that four radiologists drew slice by slice."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fovea_training.data.dicom_series import SeriesError

READERS = 4
AGREEMENT = 0.5
"""Share of the readers from which on a voxel is nodule."""
REACH_VOXELS = 10
"""A reader's nodule counts where its centre is no farther from that of an accepted nodule."""


@dataclass(frozen=True)
class Outline:
    """A nodule's outline in one slice, just outside of it."""

    height_mm: float
    points: NDArray[np.int64]
    """(n, 2): column and row."""
    adds: bool
    """Whether what it encloses is nodule; otherwise it is a hole in one."""


Nodule = list[Outline]


def index_by_series(folder: Path) -> dict[str, Path]:
    """The XML file of each CT series, by its UID."""
    files = sorted(folder.rglob("*.xml"))
    if not files:
        raise SeriesError(f"{folder}: no XML files; see training/README.md for where the data comes from")
    return {uid: path for path in files if (uid := series_uid(path))}


def series_uid(path: Path) -> str | None:
    """The CT series that a file is about; None for radiographs. Reads no more than its beginning."""
    try:
        for _, element in ElementTree.iterparse(path):
            if local_name(element) == "SeriesInstanceUid":
                return (element.text or "").strip()
            if local_name(element) == "ResponseHeader":
                return None
    except ElementTree.ParseError as error:
        raise SeriesError(f"{path}: cannot be read as XML: {error}") from error
    return None


def read_nodules(path: Path) -> list[Nodule]:
    """The outlined nodules of all readers; single points, which mark nodules below 3 mm, are left out."""
    try:
        root = ElementTree.parse(path).getroot()
        nodules = [
            [read_outline(roi) for roi in children(nodule, "roi")]
            for session in children(root, "readingSession")
            for nodule in children(session, "unblindedReadNodule")
        ]
    except (OSError, ElementTree.ParseError, StopIteration, ValueError, TypeError) as error:
        raise SeriesError(f"{path}: cannot be read as outlines of LIDC-IDRI: {error or 'a part is missing'}") from error
    outlined = [[outline for outline in nodule if len(outline.points) > 2] for nodule in nodules]
    return [nodule for nodule in outlined if nodule]


def read_outline(roi: Element) -> Outline:
    points = [(int(text(edge, "xCoord")), int(text(edge, "yCoord"))) for edge in children(roi, "edgeMap")]
    adds = text(roi, "inclusion").upper() == "TRUE"
    return Outline(float(text(roi, "imageZposition")), np.array(points), adds)


def draw_agreement(
    nodules: list[Nodule], accepted: NDArray[np.floating], shape: tuple[int, int, int], first_mm: float, step_mm: float
) -> NDArray[np.bool_]:
    """Where at least half of the readers saw an accepted nodule: (x, y, z) of columns, rows and slices as stored.

    `accepted` holds the centres (n, 3) of the accepted nodules in voxels; slice k lies at `first_mm + k * step_mm`.
    """
    votes = np.zeros(shape, np.int8)
    for nodule in nodules:
        heights = [(outline.height_mm - first_mm) / step_mm for outline in nodule]
        slices = np.repeat(heights, [len(outline.points) for outline in nodule])
        vertices = np.column_stack([np.concatenate([outline.points for outline in nodule]), slices])
        centre = vertices.mean(axis=0)
        if np.linalg.norm(accepted - centre, axis=1).min(initial=np.inf) > REACH_VOXELS:
            continue
        for outline, height in zip(nodule, heights, strict=True):
            if 0 <= round(height) < shape[2]:
                inside = fill(outline.points, shape[:2]).astype(np.int8)
                votes[:, :, round(height)] += inside if outline.adds else -inside
    return votes >= AGREEMENT * READERS


def fill(points: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """What an outline encloses, (x, y), the outline itself left out."""
    image = Image.new("1", shape)
    ImageDraw.Draw(image).polygon([(int(x), int(y)) for x, y in points], fill=1, outline=0)
    return np.array(image).T


def children(element: Element, name: str) -> Iterator[Element]:
    """The children of a name, whatever their namespace."""
    return (child for child in element if local_name(child) == name)


def text(element: Element, name: str) -> str:
    return (next(children(element, name)).text or "").strip()


def local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
