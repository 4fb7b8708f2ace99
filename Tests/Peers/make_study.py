"""Makes a study as a scanner sends it, out of one axial series: a scout, two reconstructions and a reformat.

Each series goes into a folder of its own, all under one study and one frame of reference.
"""

from __future__ import annotations

import argparse
import pathlib

from pydicom.uid import generate_uid
from vary_series import Series, load, shrunk


def thick(series: Series) -> Series:
    for image in series[::2]:
        image.SliceThickness = 2 * float(image.SliceThickness)
    return series[::2]


def scout(series: Series) -> Series:
    for image in series[:2]:
        image.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        image.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    return series[:2]


def reformat(series: Series) -> Series:
    for image in series:
        image.ImageType = ["DERIVED", "SECONDARY", "MPR"]
    return series


def thin(series: Series) -> Series:
    return series


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("destination", type=pathlib.Path)
    parser.add_argument("--matrix", type=int, default=128)
    options = parser.parse_args()
    study = generate_uid()
    for number, kind in enumerate([scout, thick, thin, reformat], start=1):
        folder = options.destination / kind.__name__
        folder.mkdir(parents=True)
        uid = generate_uid()
        for index, image in enumerate(kind(shrunk(load(options.source), options.matrix))):
            image.StudyInstanceUID, image.SeriesInstanceUID, image.SeriesNumber = study, uid, number
            image.SeriesDescription = kind.__name__
            image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            image.save_as(folder / f"{index:04}.dcm")
        print(kind.__name__, uid)


if __name__ == "__main__":
    main()
