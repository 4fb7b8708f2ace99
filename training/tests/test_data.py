"""Series, labels and lung masks: what is read is what was written, what is wrong is refused."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from scipy import ndimage
from written_files import write_series

from fovea_training.data.dicom_series import SeriesError, read_series
from fovea_training.data.hosts import Chest, Region
from fovea_training.data.labels import read_labels
from fovea_training.data.lung_mask import compute_lung_mask, dilate, erode, published_mask
from fovea_training.data.preprocessing import blank_outside, mask_box, to_network


def test_a_series_is_read_in_hounsfield_units_from_feet_to_head(tmp_path: Path):
    volume = np.arange(5 * 4 * 3, dtype=np.float32).reshape(5, 4, 3)
    write_series(tmp_path, volume, [0.0, 2.5, 5.0])
    scan = read_series(tmp_path)
    assert (scan.intensities == volume).all()
    assert scan.spacing_mm == (0.7, 0.8, 2.5)


def test_a_series_with_a_gap_is_refused(tmp_path: Path):
    write_series(tmp_path, np.zeros((5, 4, 3)), [0.0, 2.5, 7.5])
    with pytest.raises(SeriesError, match="not evenly spaced"):
        read_series(tmp_path)


def test_missing_and_empty_folders_say_what_to_do(tmp_path: Path):
    with pytest.raises(SeriesError, match="README"):
        read_series(tmp_path / "nowhere")
    with pytest.raises(SeriesError, match="no DICOM images"):
        read_series(tmp_path)


def test_labels_come_on_the_axes_of_the_scan_and_must_fit_it(tmp_path: Path):
    labels = np.zeros((3, 4, 5), np.uint8)
    labels[0, 1, 2] = 1
    path = tmp_path / "labels.nii.gz"
    nibabel.save(nibabel.Nifti1Image(labels, np.diag([1.0, 1, 1, 1])), path)  # NIfTI axes: right, front, head
    read = read_labels(path, (3, 4, 5))
    assert np.argwhere(read).tolist() == [[2, 2, 2]]
    with pytest.raises(SeriesError, match="differs"):
        read_labels(path, (3, 4, 6))


def test_an_empty_label_map_is_refused(tmp_path: Path):
    path = tmp_path / "labels.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.zeros((3, 4, 5), np.uint8), np.eye(4)), path)
    with pytest.raises(SeriesError, match="empty"):
        read_labels(path, (3, 4, 5))


@pytest.mark.parametrize("iterations", [1, 3])
def test_dilation_and_erosion_are_those_of_scipy(iterations: int):
    mask = ndimage.binary_dilation(np.random.default_rng(0).random((14, 12, 10)) < 0.02, iterations=2)
    assert (dilate(mask, iterations) == ndimage.binary_dilation(mask, iterations=iterations)).all()
    assert (erode(mask, iterations) == ndimage.binary_erosion(mask, iterations=iterations)).all()


def test_the_lung_mask_finds_both_lungs(chest: Chest):
    found = compute_lung_mask(chest.scan.intensities, chest.scan.spacing_mm)
    assert 2 * (found & chest.lungs).sum() / (found.sum() + chest.lungs.sum()) > 0.95


def test_the_published_mask_is_wider_than_the_lungs_by_three_voxels(chest: Chest):
    middle = (slice(None), slice(None), slice(20, 52))  # at the ends of the array the erosion takes more
    assert (published_mask(chest.lungs) >= dilate(chest.lungs, 3))[middle].all()


def test_hosts_sort_their_voxels(chest: Chest):
    host = chest.resampled((2.0, 2.0, 3.0))
    assert host.spacing_mm == pytest.approx((2.0, 2.0, 3.0), rel=0.05)
    assert all(len(host.centres(region)) > 20 for region in (Region.AIR, Region.STRUCTURE, Region.BORDER))
    assert not host.ignored.any()


def test_preprocessing_is_the_published_one():
    mask = np.zeros((20, 20, 20), bool)
    mask[8:10, 9, 0] = True
    assert mask_box(mask) == (slice(3, 15), slice(4, 15), slice(0, 6))
    hu = np.array([-2000.0, -1000, -350, 300, 1000], np.float32)
    assert np.allclose(to_network(hu), [0, 0, 0.5, 1, 1])
    assert blank_outside(hu, np.array([False, False, True, True, False])).tolist() == [-2000, -2000, -350, 300, -2000]
    with pytest.raises(ValueError, match="no lungs"):
        mask_box(mask & False)
