"""Images with labels in every format: what is read is what was written; what does not fit together is refused."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK
from written_files import ORIGIN_MM, SPACING_MM, write_itk, write_nifti, write_segmentation, write_series

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.pairs import Pair, find_pairs, read_pair
from fovea_training.data.volume_files import read_volume

SHAPE = (6, 5, 4)
HEIGHTS = [ORIGIN_MM[2] + k * SPACING_MM[2] for k in range(SHAPE[2])]


def values() -> np.ndarray:
    return np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)


def labels() -> np.ndarray:
    """Two labels, in other slices each, asymmetric along every axis."""
    map_ = np.zeros(SHAPE, np.uint8)
    map_[1:3, 0, 1] = 1
    map_[5, 1:4, 2:] = 2
    return map_


def write(path: Path, array: np.ndarray) -> None:
    if ".nii" in path.name:
        write_nifti(path, array)
    else:
        write_itk(path, array, flipped=path.stem.startswith("flipped"))


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.mhd", "a.mha", "a.nrrd", "flipped.mhd", "flipped.nrrd"])
def test_a_volume_comes_on_the_patients_axes(tmp_path: Path, name: str):
    write(tmp_path / name, values())
    volume = read_volume(tmp_path / name)
    assert (volume.values == values()).all()
    assert volume.grid.spacing_mm == pytest.approx(SPACING_MM)
    assert volume.grid.affine[:3, 3] == pytest.approx(ORIGIN_MM, abs=1e-4)


@pytest.mark.parametrize(("image", "truth"), [("a.nii.gz", "a.nrrd"), ("a.nrrd", "a.nii"), ("a.mhd", "a.nii.gz")])
def test_pairs_are_matched_by_name_whatever_their_formats(tmp_path: Path, image: str, truth: str):
    write(tmp_path / "images" / image, values())
    write(tmp_path / "labels" / truth, labels())
    (pair,) = find_pairs(tmp_path / "images", tmp_path / "labels")
    case = read_pair(pair)
    assert (case.intensities == values()).all() and (case.labels == labels()).all()
    assert case.spacing_mm == pytest.approx(SPACING_MM)


@pytest.mark.parametrize("truth", ["a.nii.gz", "a.nrrd", "a.dcm", "fractional.dcm"])
def test_a_dicom_series_takes_labels_from_seg_nifti_and_nrrd(tmp_path: Path, truth: str):
    name = truth.partition(".")[0]
    write_series(tmp_path / "images" / name, values(), HEIGHTS, ORIGIN_MM[:2])
    path = tmp_path / "labels" / truth
    if truth.endswith(".dcm"):
        write_segmentation(path, labels(), ORIGIN_MM, fractional=name == "fractional")
    else:
        write(path, labels())
    (pair,) = find_pairs(tmp_path / "images", tmp_path / "labels")
    case = read_pair(pair)
    assert (case.intensities == values()).all() and (case.labels == labels()).all()


@pytest.mark.parametrize("truth", ["a.nii.gz", "a.dcm"])
def test_grids_that_differ_are_both_named(tmp_path: Path, truth: str):
    write(tmp_path / "a.nrrd", values())
    moved = np.array(ORIGIN_MM) + [0, 3, 0]
    if truth == "a.dcm":
        write_segmentation(tmp_path / truth, labels(), tuple(moved))
    else:
        write_nifti(tmp_path / truth, labels(), (0.7, 0.8, 2.0))
    both = r"6 x 5 x .* voxels of .* differs from the image's, 6 x 5 x .* voxels of 0.7 x 0.8 x 2.5"
    with pytest.raises(SeriesError, match=both):
        read_pair(Pair("a", tmp_path / "a.nrrd", tmp_path / truth))


def test_labels_that_are_none_are_refused(tmp_path: Path):
    write(tmp_path / "a.nrrd", values())
    for array, message in ((labels() * 0, "empty"), (labels() * np.float32(0.5), "whole numbers")):
        write_nifti(tmp_path / "labels.nii", array)
        with pytest.raises(SeriesError, match=message):
            read_pair(Pair("a", tmp_path / "a.nrrd", tmp_path / "labels.nii"))


def test_what_cannot_be_read_says_which_file_and_why(tmp_path: Path):
    write(tmp_path / "a.nii.gz", values())
    (tmp_path / "a.nii.gz").write_bytes((tmp_path / "a.nii.gz").read_bytes()[:60])
    write(tmp_path / "b.mhd", values())
    (tmp_path / "b.raw").unlink()
    (tmp_path / "c.nrrd").write_text("nothing of the kind")
    nibabel.save(nibabel.Nifti1Image(np.zeros((3, 3, 3, 2)), np.eye(4)), tmp_path / "d.nii")
    nibabel.save(nibabel.Nifti1Image(np.full((3, 3, 3), np.nan), np.eye(4)), tmp_path / "e.nii")
    (tmp_path / "f.txt").touch()
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    messages = {
        "a.nii.gz": "cannot be read", "b.mhd": "cannot be read", "c.nrrd": "cannot be read",
        "d.nii": "not a single 3-D volume", "e.nii": "not numbers", "f.txt": "not one of", "g.nii": "no such file",
    }  # fmt: skip
    for name, message in messages.items():
        with pytest.raises(SeriesError, match=f"{name}.*{message}"):
            read_volume(tmp_path / name)
    (tmp_path / "h.dcm").write_text("nothing of the kind")
    write(tmp_path / "h.nrrd", values())
    with pytest.raises(SeriesError, match="h.dcm.*cannot be read"):
        read_pair(Pair("h", tmp_path / "h.nrrd", tmp_path / "h.dcm"))


def test_an_image_without_labels_is_named(tmp_path: Path):
    write(tmp_path / "images" / "a.nrrd", values())
    write(tmp_path / "images" / "b.nrrd", values())
    write(tmp_path / "labels" / "a.nrrd", labels())
    with pytest.raises(SeriesError, match="single: b"):
        find_pairs(tmp_path / "images", tmp_path / "labels")
    with pytest.raises(SeriesError, match="no such folder"):
        find_pairs(tmp_path / "nowhere", tmp_path / "labels")
