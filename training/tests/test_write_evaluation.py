"""What is written for the node is the whole scan, with the implants at their labels and nothing else changed."""

from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np

from fovea_training.data.hosts import Chest
from fovea_training.write_evaluation import IGNORED, make_cases, write_case


def test_implants_are_labelled_and_the_rest_is_as_scanned(chest: Chest):
    nodules = np.zeros_like(chest.nodules)
    nodules[30:34, 38:42, 34:38] = True
    untouched, *implanted = make_cases(replace(chest, nodules=nodules), scans=2, implants=2, seed=1)
    assert untouched.labels.sum() == nodules.sum()
    assert np.abs(untouched.hu - chest.scan.intensities).max() <= 0.5
    for case in implanted:
        changed = case.hu != untouched.hu
        assert case.hu.shape == chest.scan.intensities.shape
        assert not changed[case.labels == IGNORED].any()
        assert {0, 1, IGNORED} <= set(np.unique(case.labels))
        assert changed[(case.labels > 0) & (case.labels < IGNORED)].mean() > 0.9
        assert (case.labels[nodules] == IGNORED).all()
    assert (implanted[0].hu != implanted[1].hu).any()


def test_the_files_lie_as_the_scan_does(chest: Chest, tmp_path: Path):
    case = next(make_cases(chest, scans=0, implants=1, seed=1))
    write_case(tmp_path, case, (0.7, 0.8, 2.5))
    image = nibabel.load(tmp_path / "tiny-untouched.nii.gz")
    assert nibabel.aff2axcodes(image.affine) == ("L", "P", "S")
    assert np.allclose(image.header.get_zooms(), (0.7, 0.8, 2.5))
    assert (np.asarray(image.dataobj) == case.hu).all()
    assert nibabel.load(tmp_path / "tiny-untouched-labels.nii.gz").shape == case.hu.shape
