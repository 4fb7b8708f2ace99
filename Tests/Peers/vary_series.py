"""Makes a faulty or unusual copy of a DICOM series, one fault at a time, for tests of what a node does with it."""

from __future__ import annotations

import argparse
import copy
import pathlib
from collections.abc import Callable

import pydicom
from pydicom.uid import generate_uid

Series = list[pydicom.Dataset]


def is_dicom(path: pathlib.Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def load(folder: pathlib.Path) -> Series:
    images = [pydicom.dcmread(path) for path in folder.rglob("*") if path.is_file() and is_dicom(path)]
    return sorted(images, key=lambda image: float(image.ImagePositionPatient[2]))


def renamed(series: Series) -> Series:
    """The same images under new study, series and instance UIDs, so that copies do not collide."""
    study, number = generate_uid(), generate_uid()
    for image in series:
        image.StudyInstanceUID, image.SeriesInstanceUID = study, number
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        # Anonymisers empty it.
        image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID
    return series


def shrunk(series: Series, matrix: int) -> Series:
    """The same field of view in fewer pixels, by leaving out pixels."""
    for image in series:
        step = image.Rows // matrix
        pixels = image.pixel_array[step // 2::step, step // 2::step]
        image.Rows, image.Columns = pixels.shape
        image.PixelSpacing = [float(value) * step for value in image.PixelSpacing]
        image.PixelData = pixels.tobytes()
    return series


def coarser(series: Series, step: int) -> Series:
    """Every `step`-th voxel along each axis: as large a body in far fewer bytes. Tells the number of slices, too."""
    kept = series[::step]
    for image in kept:
        pixels = image.pixel_array[::step, ::step]
        image.Rows, image.Columns = pixels.shape
        image.PixelSpacing = [step * float(value) for value in image.PixelSpacing]
        image.SliceThickness = step * float(image.SliceThickness)
        image.ImagesInAcquisition = len(kept)
        image.PixelData = pixels.tobytes()
    return kept


def single_slice(series: Series) -> Series:
    return series[:1]


def missing_slices(series: Series) -> Series:
    middle = len(series) // 2
    return series[:middle] + series[middle + 2:]


def doubled_slice(series: Series) -> Series:
    twin = copy.deepcopy(series[3])
    twin.SOPInstanceUID = twin.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    twin.InstanceNumber = len(series) + 1
    return series + [twin]


def mixed_orientations(series: Series) -> Series:
    for image in series[len(series) // 2:]:
        image.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    return series


def localizer_inside(series: Series) -> Series:
    series[0].ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    series[0].ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    return series


def no_geometry(series: Series) -> Series:
    for image in series:
        del image.ImagePositionPatient
    return series


def no_rescale(series: Series) -> Series:
    for image in series:
        del image.RescaleIntercept
        del image.RescaleSlope
    return series


def two_patients(series: Series) -> Series:
    series[-1].PatientID = "SOMEBODY-ELSE"
    return series


def absurd_values(series: Series) -> Series:
    for image in series:
        image.PixelSpacing = ["0", "0"]
    return series


def derived(series: Series) -> Series:
    for image in series:
        image.ImageType = ["DERIVED", "SECONDARY", "MPR"]
    return series


def expected_number(series: Series) -> Series:
    """Not a fault: the header says how many images there are."""
    for image in series:
        image.ImagesInAcquisition = len(series)
    return series


def no_expected_number(series: Series) -> Series:
    for image in series:
        if "ImagesInAcquisition" in image:
            del image.ImagesInAcquisition
    return series


def same(series: Series) -> Series:
    return series


FAULTS: dict[str, Callable[[Series], Series]] = {
    function.__name__.replace("_", "-"): function
    for function in [
        same, single_slice, missing_slices, doubled_slice, mixed_orientations, localizer_inside, no_geometry,
        no_rescale, two_patients, absurd_values, derived, expected_number, no_expected_number,
    ]
}


def write(series: Series, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for index, image in enumerate(series):
        image.save_as(folder / f"{index:04}.dcm")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fault", choices=sorted(FAULTS))
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("destination", type=pathlib.Path)
    parser.add_argument("--first", type=int, help="only the first N slices")
    parser.add_argument("--matrix", type=int, help="rows and columns, fewer than there are")
    parser.add_argument("--coarser", type=int, default=1, metavar="N", help="every N-th voxel along each axis only")
    parser.add_argument("--copies", type=int, help="so many, each in a folder and under UIDs of its own")
    options = parser.parse_args()
    series = load(options.source)[: options.first]
    if options.coarser > 1:
        series = coarser(series, options.coarser)
    if options.matrix is not None:
        series = shrunk(series, options.matrix)
    series = FAULTS[options.fault](renamed(series))
    if options.copies is None:
        write(series, options.destination)
    for number in range(options.copies or 0):
        write(renamed(series), options.destination / f"{number:02}")


if __name__ == "__main__":
    main()
