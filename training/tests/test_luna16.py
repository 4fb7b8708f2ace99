"""LUNA16 with the outlines of LIDC-IDRI: nodules as readers agree, lungs without trachea, missing parts named."""

from pathlib import Path

import numpy as np
import pytest
from written_luna16 import WrittenLuna, draw_chest, write_luna16

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.lidc import Outline, draw_agreement, fill
from fovea_training.data.luna16 import Luna16


@pytest.fixture
def written(tmp_path: Path) -> WrittenLuna:
    return write_luna16(tmp_path)


@pytest.mark.parametrize(("subset", "uid"), [(0, "1.2.3"), (8, "1.2.4")])
def test_a_scan_comes_with_agreed_nodules_and_lungs(written: WrittenLuna, subset: int, uid: str):
    luna = Luna16(written.folder, written.lidc)
    assert luna.series(subset) == [uid]
    scan = luna.read(subset, uid)
    image, lungs = draw_chest(written.nodules(uid))
    assert (scan.labelled.intensities == image).all()
    assert (scan.labelled.labels == written.nodules(uid)).all()
    assert (scan.lungs == np.isin(lungs, (3, 4))).all()


def test_nodules_far_from_any_annotation_do_not_count():
    square = np.array([(2, 2), (2, 8), (8, 8), (8, 2)])
    nodule = [Outline(height, square, True) for height in (0.0, 1.0, 2.0)]
    shape = (40, 40, 4)
    near, far = np.array([[14.9, 5, 1]]), np.array([[15.1, 5, 1]])
    assert draw_agreement([nodule] * 2, near, shape, 0, 1).sum() == 3 * 25
    assert not draw_agreement([nodule] * 2, far, shape, 0, 1).any()
    assert not draw_agreement([nodule], near, shape, 0, 1).any()  # one of four readers


def test_an_outline_lies_outside_of_what_it_encloses():
    filled = fill(np.array([(1, 2), (6, 2), (6, 4), (1, 4)]), (9, 8))
    assert filled.shape == (9, 8)
    assert np.argwhere(filled).tolist() == [[x, 3] for x in range(2, 6)]


def test_scans_without_accepted_nodules_have_no_labels(written: WrittenLuna):
    header, *rows = (written.folder / "annotations.csv").read_text().splitlines()
    (written.folder / "annotations.csv").write_text("\n".join([header, *(row for row in rows if "1.2.4" not in row)]))
    assert not Luna16(written.folder, written.lidc).read(8, "1.2.4").labelled.labels.any()


def test_missing_parts_are_named(written: WrittenLuna):
    def read() -> None:
        Luna16(written.folder, written.lidc).read(0, "1.2.3")

    with pytest.raises(SeriesError, match="subset3.*no scans"):
        Luna16(written.folder, written.lidc).series(3)
    xml = written.lidc / "157" / "1.2.3.xml"
    outlines = xml.read_text()
    xml.write_text(outlines.replace("imageZposition", "else"))
    with pytest.raises(SeriesError, match="cannot be read as outlines"):
        read()
    xml.write_text(outlines[:-40])
    with pytest.raises(SeriesError, match="cannot be read"):
        read()
    xml.unlink()
    with pytest.raises(SeriesError, match="no outlines of series 1.2.3"):
        read()
    (written.folder / "annotations.csv").write_text("seriesuid,x\n1.2.3,4\n")
    with pytest.raises(SeriesError, match="annotations.csv.*coordX"):
        read()
    (written.folder / "seg-lungs-LUNA16" / "1.2.3.mhd").unlink()
    with pytest.raises(SeriesError, match="no such file"):
        Luna16(written.folder, written.lidc).read(0, "1.2.3")
