"""`write-livers`: real CT with the outline of the liver, and real CT without a liver, as NIfTI for `fovea evaluate` and
`autopath-study`.

None of it is in the training that `train-autopath` and `train-liver` do by default, but for `torso`.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fovea_training.data.chests import data_directory
from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.nifti_files import write_nifti
from fovea_training.data.pairs import LabelledScan, Pair, read_image, read_pair

TOTALSEGMENTATOR_LIVER = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output", type=Path, help="folder for NAME.nii.gz and NAME-liver.nii.gz")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))


def run(arguments: argparse.Namespace) -> int:
    try:
        arguments.output.mkdir(parents=True, exist_ok=True)
        for name in arguments.cases:
            scan = CASES[name]()
            write_nifti(arguments.output / f"{name}.nii.gz", np.rint(scan.intensities), scan.spacing_mm)
            write_nifti(arguments.output / f"{name}-liver.nii.gz", scan.labels, scan.spacing_mm)
            volume_ml = scan.labels.sum() * np.prod(scan.spacing_mm) / 1000
            print(f"{arguments.output / name}: {scan.labels.shape}, liver {volume_ml:.0f} mL", flush=True)
    except (SeriesError, OSError) as error:
        print(f"write-livers: {error}")
        return 1
    return 0


def with_liver(image: str, labels: str, value: int) -> Callable[[], LabelledScan]:
    def read() -> LabelledScan:
        scan = read_pair(Pair(image, data_directory() / image, data_directory() / labels))
        return LabelledScan(scan.intensities, (scan.labels == value).astype(np.uint16), scan.spacing_mm)

    return read


def without_liver(image: str) -> Callable[[], LabelledScan]:
    def read() -> LabelledScan:
        volume = read_image(data_directory() / image)
        nothing = np.zeros(volume.values.shape, np.uint16)
        return LabelledScan(volume.values.astype(np.float32), nothing, volume.grid.spacing_mm)

    return read


CASES = {
    "slab": with_liver(
        "ct_abdomen_totalseg_dicom20/dicom", "ct_abdomen_totalseg_dicom20/labels/example_seg_dicom.nii.gz",
        TOTALSEGMENTATOR_LIVER,
    ),
    "three-slices": with_liver("seg_ct3slice_dcmqi/ct-3slice", "seg_ct3slice_dcmqi/seg/liver.dcm", 1),
    "torso": with_liver(
        "ct_torso_totalseg_3mm/example_ct.nii.gz", "ct_torso_totalseg_3mm/labels/example_seg_fast_force_split.nii.gz",
        TOTALSEGMENTATOR_LIVER,
    ),
    "chest": without_liver("ct_chest_lungfcp01/dicom"),
    "head": without_liver("ct_head_phantom_philips/no_tilt_5mm"),
}  # fmt: skip
