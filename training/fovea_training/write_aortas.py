"""`write-aortas`: CT with the outline of the aorta, and CT without an aorta, as NIfTI for `fovea evaluate` and `sts-study`."""

import argparse
from pathlib import Path

import numpy as np

from fovea_training.data.aortas import SOURCES, TargetScan, data_path, outlined_chest, read_aorta_scan, with_wall
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.nifti_files import write_nifti
from fovea_training.data.pairs import read_image

WITHOUT_AORTA = {"head": "ct_head_phantom_philips/no_tilt_5mm"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output", type=Path, help="folder for NAME.nii.gz and NAME-aorta.nii.gz")
    parser.add_argument("--scans", nargs="+", choices=[*SOURCES, *WITHOUT_AORTA], default=["slab", "head"], help="default: slab head")


def run(arguments: argparse.Namespace) -> int:
    try:
        arguments.output.mkdir(parents=True, exist_ok=True)
        for name in arguments.scans:
            write(arguments.output, read_native(name))
    except (SeriesError, OSError) as error:
        print(f"write-aortas: {error}")
        return 1
    return 0


def read_native(name: str) -> TargetScan:
    """A scan on its own grid."""
    if name == "chest":
        hu, lumen, spacing = outlined_chest()
        aorta = with_wall(hu, lumen, spacing)
    elif name in WITHOUT_AORTA:
        volume = read_image(data_path(WITHOUT_AORTA[name]))
        hu, spacing = volume.values.T, volume.grid.spacing_mm[::-1]
        aorta = np.zeros(hu.shape, np.bool_)
    else:
        return read_aorta_scan(name)
    return TargetScan(name, hu, aorta, np.zeros(hu.shape, np.uint8), spacing)


def write(folder: Path, scan: TargetScan) -> None:
    spacing = scan.spacing_mm[::-1]
    write_nifti(folder / f"{scan.name}.nii.gz", np.rint(scan.hu.T), spacing)
    write_nifti(folder / f"{scan.name}-aorta.nii.gz", scan.target.T, spacing)
    volume_ml = scan.target.sum() * np.prod(spacing) / 1000
    print(f"{folder / scan.name}: {scan.target.T.shape}, aorta {volume_ml:.0f} mL", flush=True)
