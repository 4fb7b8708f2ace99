"""`prepare`: labelled scans of one's own download become prepared cases, which the published recipes train on.

    prepare luna16 PREPARED --luna16 FOLDER --lidc FOLDER [--subsets 0 1 ...]     for LowRes and its comparison
    prepare pairs PREPARED --images FOLDER --labels FOLDER [--roi none]           the same, from any labelled chest CT
    prepare lits PREPARED --volumes FOLDER FOLDER                                 for AutoPath

Cases that are there already are passed over, so that an interrupted preparation goes on where it stopped.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from tqdm import tqdm

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.lits import find_volumes, prepare_autopath, read_volume_with_liver, subset_of
from fovea_training.data.luna16 import SUBSETS, Luna16
from fovea_training.data.lung_mask import compute_lung_mask, published_mask
from fovea_training.data.pairs import LabelledScan, Pair, find_pairs, read_pair
from fovea_training.data.prepared import save_case
from fovea_training.data.preprocessing import blank_outside, mask_box, to_network
from fovea_training.inference import CONNECTIVITY_26

OUTSIDE_SHARE = 0.5
"""A scan is left out where more than this of a lesion lies outside of the lung mask."""


class Job(NamedTuple):
    """A case that is to be prepared."""

    name: str
    make: Callable[[], tuple[dict[str, NDArray], dict]]
    """Its arrays and facts; raises SeriesError where it cannot be used."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("prepared", type=Path, help="folder to write to")
    parser.add_argument("--luna16", type=Path, help="with subset0 ... subset9, seg-lungs-LUNA16 and annotations.csv")
    parser.add_argument("--lidc", type=Path, help="with the XML files of LIDC-IDRI")
    parser.add_argument("--subsets", type=int, nargs="+", default=SUBSETS, help="of LUNA16 (default all)")
    parser.add_argument("--images", type=Path, help="with NIfTI, NRRD or MetaImage files, or a folder per DICOM series")
    parser.add_argument("--labels", type=Path, help="with label maps or DICOM Segmentations named as the images")
    parser.add_argument("--roi", choices=("lungs", "none"), default="lungs", help="crop pairs to (default lungs)")
    parser.add_argument("--volumes", type=Path, nargs="+", help="folders with volume-N.nii and segmentation-N.nii")


def run(arguments: argparse.Namespace) -> int:
    try:
        missing = [f"--{name}" for name in NEEDED[arguments.format] if not getattr(arguments, name)]
        if missing:
            raise SeriesError(f"{arguments.format} needs {' and '.join(missing)}")
        left_out = prepare_all(list(FORMATS[arguments.format](arguments)), arguments.prepared)
    except (SeriesError, OSError) as error:
        print(f"prepare: {error}")
        return 1
    except KeyboardInterrupt:
        print("prepare: interrupted; the same command goes on")
        return 130
    print(f"{arguments.prepared}: {len(list(arguments.prepared.glob('*/case.json')))} cases, {left_out} left out")
    return 0


def prepare_all(jobs: list[Job], folder: Path) -> int:
    """Prepares what is not there yet, and says of each case that is left out why. Returns their number."""
    left_out = 0
    for job in tqdm(jobs, "prepare", mininterval=5):
        if (folder / job.name).exists():
            continue
        try:
            save_case(folder, job.name, *job.make())
        except SeriesError as error:
            tqdm.write(f"{job.name} is left out: {error}")
            left_out += 1
    if left_out == len(jobs):
        raise SeriesError("no case could be prepared")
    return left_out


def luna16_jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    luna = Luna16(arguments.luna16, arguments.lidc)

    def make(subset: int, uid: str) -> tuple[dict[str, NDArray], dict]:
        scan = luna.read(subset, uid)
        arrays, facts = prepare_lesions(scan.labelled, published_mask(scan.lungs))
        return arrays, {"dataset": "luna16", "subset": subset, **facts}

    for subset in arguments.subsets:
        for uid in luna.series(subset):
            yield Job(uid, partial(make, subset, uid))


def pairs_jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    def make(pair: Pair) -> tuple[dict[str, NDArray], dict]:
        case = read_pair(pair)
        if arguments.roi == "lungs":
            lungs = compute_lung_mask(case.intensities, case.spacing_mm)
            if not lungs.any():
                raise SeriesError(f"{pair.image}: no lungs found; --roi none takes whole images")
            mask = published_mask(lungs)
        else:
            mask = np.ones(case.labels.shape, np.bool_)
        arrays, facts = prepare_lesions(case, mask)
        return arrays, {"dataset": "own", **facts}

    return (Job(pair.name, partial(make, pair)) for pair in find_pairs(arguments.images, arguments.labels))


def lits_jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    def make(pair: Pair) -> tuple[dict[str, NDArray], dict]:
        case = read_volume_with_liver(pair)
        image, target = prepare_autopath(case)
        facts = {"dataset": "lits", "subset": subset_of(pair), "spacing_mm": case.spacing_mm}
        return {"image": image, "target": target}, facts

    return (Job(pair.name, partial(make, pair)) for pair in find_volumes(arguments.volumes))


FORMATS = {"luna16": luna16_jobs, "pairs": pairs_jobs, "lits": lits_jobs}
NEEDED = {"luna16": ("luna16", "lidc"), "pairs": ("images", "labels"), "lits": ("volumes",)}


def prepare_lesions(case: LabelledScan, mask: NDArray[np.bool_]) -> tuple[dict[str, NDArray], dict]:
    """LowRes's preprocessing: cropped to the mask, blank outside of it, scaled; each connected component is a lesion.

    Raises SeriesError where a lesion lies mostly outside of the mask: the network would not see what it is to find.
    """
    if not mask.any():
        raise SeriesError("the lung mask is empty")
    lesions, count = ndimage.label(case.labels > 0, CONNECTIVITY_26)
    sizes, inside = (np.bincount(values, minlength=count + 1)[1:] for values in (lesions.ravel(), lesions[mask]))
    outside = int((inside < (1 - OUTSIDE_SHARE) * sizes).sum())
    if outside:
        raise SeriesError(f"{outside} of {count} lesions lie outside of the lung mask")
    box = mask_box(mask)
    image = to_network(blank_outside(case.intensities[box], mask[box])).astype(np.float16)
    cropped = lesions[box]
    voxels = np.argwhere(cropped)
    table = np.column_stack([voxels, cropped[tuple(voxels.T)]]).astype(np.int32)
    facts = {"lesions": count, "minimum": float(image.min()), "spacing_mm": case.spacing_mm}
    return {"image": image, "lesions": table}, facts
