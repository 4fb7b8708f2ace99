"""`draw PICTURE --series FOLDER... --results FOLDER...`: what `fovea segment` found, outlined on slices of the series.

A row per series: four axial slices between the lowest and the highest with a finding, and the middle coronal and
sagittal ones. The sagittal one of a head shows a face: leave it out of what is published.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage

from fovea_training.data.dicom_segmentation import frame_grid, read_object
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.grids import Grid, Volume
from fovea_training.data.volume_files import itk_volume

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (after the choice of a backend without a display)

AXIAL = 4
COLOUR = "#ff5a46"
PERCENTILES = (1, 99.5)
SEGMENTATION = "segmentation.dcm"


Result = tuple[Volume, NDArray[np.bool_]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("picture", type=Path, help="PNG to write")
    parser.add_argument("--series", type=Path, nargs="+", required=True, help="folders of one DICOM series each")
    parser.add_argument("--results", type=Path, nargs="+", required=True, help="--output of `fovea segment` for each")
    parser.add_argument("--without-sagittal", action="store_true", help="no face of a head")
    parser.add_argument("--window", type=float, nargs=2, metavar=("LOW", "HIGH"), help="shown as black and white")


def run(arguments: argparse.Namespace) -> int:
    if len(arguments.series) != len(arguments.results):
        print(f"draw: {len(arguments.series)} series need as many results; there are {len(arguments.results)}")
        return 1
    try:
        pairs = list(zip(arguments.series, arguments.results, strict=True))
        columns = AXIAL + 1 if arguments.without_sagittal else AXIAL + 2
        draw([read_result(series, result) for series, result in pairs], columns, arguments.window, arguments.picture)
    except (SeriesError, OSError) as error:
        print(f"draw: {error}")
        return 1
    return 0


def read_result(series: Path, result: Path) -> Result:
    """The image and what was found in it, both (x, y, z) to the left, the back and the head."""
    files = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(series))
    if not files:
        raise SeriesError(f"{series}: no DICOM series in it")
    image = itk_volume(SimpleITK.ReadImage(files))
    found = np.zeros(image.values.shape, np.bool_)
    objects = list(result.rglob(SEGMENTATION))
    if len(objects) > 1:
        raise SeriesError(f"{result}: results of more than one series in it; name the folder of one")
    for path in objects:
        mark(found, path, image.grid)
    return image.along_patient(), Volume(found, image.grid).along_patient().values


def mark(found: NDArray[np.bool_], path: Path, grid: Grid) -> None:
    """Puts the frames of a segmentation where they lie in the series that it was made of."""
    item = read_object(path)
    frames = item.pixel_array.reshape(-1, item.Rows, item.Columns)
    for frame, groups in zip(frames, item.PerFrameFunctionalGroupsSequence, strict=True):
        x, y, z = np.rint(grid.to_voxels(frame_grid(item, groups).affine[None, :3, 3])[0]).astype(int)
        if (x, y) != (0, 0) or not 0 <= z < found.shape[2] or frame.T.shape != found.shape[:2]:
            raise SeriesError(f"{path}: was not made of this series")
        found[:, :, z] |= frame.T > 0


def draw(results: list[Result], columns: int, window: list[float] | None, path: Path) -> None:
    figure, rows = pyplot.subplots(len(results), columns, figsize=(2 * columns, 2.1 * len(results)), squeeze=False)
    for (image, found), panels in zip(results, rows, strict=True):
        shown = window or np.percentile(image.values, PERCENTILES)
        for panel, (pixels, outlined, aspect) in zip(panels, planes(image, found), strict=False):
            panel.imshow(pixels, cmap="gray", vmin=shown[0], vmax=shown[1], aspect=aspect)
            if outlined.any():
                panel.contour(outlined, [0.5], colors=[COLOUR], linewidths=0.8)
            panel.axis("off")
    figure.subplots_adjust(0, 0, 1, 1, 0.02, 0.02)
    figure.savefig(path, dpi=80, facecolor="black")
    pyplot.close(figure)


def planes(image: Volume, found: NDArray[np.bool_]) -> Iterator[tuple[NDArray, NDArray[np.bool_], float]]:
    """Pixels (down, right), what was found among them, and the height of a pixel over its width."""
    x, y, heights = middle_planes(found)
    dx, dy, dz = image.grid.spacing_mm
    for z in heights:
        yield image.values[:, :, z].T, found[:, :, z].T, dy / dx
    yield image.values[:, y].T[::-1], found[:, y].T[::-1], dz / dx
    yield image.values[x].T[::-1], found[x].T[::-1], dz / dy


def middle_planes(found: NDArray[np.bool_]) -> tuple[int, int, NDArray[np.intp]]:
    """The sagittal and the coronal plane through the middle of what was found (else of the image), and axial ones."""
    box = (ndimage.find_objects(found.astype(np.uint8)) or [tuple(slice(0, size) for size in found.shape)])[0]
    x, y = ((side.start + side.stop) // 2 for side in box[:2])
    return x, y, np.linspace(box[2].start, box[2].stop - 1, AXIAL + 2)[1:-1].round().astype(int)
