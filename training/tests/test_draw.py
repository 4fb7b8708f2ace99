"""What the node found is drawn where it lies, also on a series that is not axial."""

import argparse
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, SegmentationStorage, generate_uid

from fovea_training import draw

SAGITTAL = [0, 1, 0, 0, 0, -1]
SHAPE = (10, 8)
"""Rows, columns."""


def new_object(sop_class: str, pixels: np.ndarray) -> Dataset:
    item = Dataset()
    item.file_meta = FileMetaDataset()
    item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    item.file_meta.MediaStorageSOPClassUID = item.SOPClassUID = sop_class
    item.file_meta.MediaStorageSOPInstanceUID = item.SOPInstanceUID = generate_uid()
    item.Rows, item.Columns = SHAPE
    item.SamplesPerPixel, item.PhotometricInterpretation, item.PixelRepresentation = 1, "MONOCHROME2", 0
    item.BitsAllocated = item.BitsStored = 8 * pixels.itemsize
    item.HighBit = item.BitsStored - 1
    item.PixelData = pixels.tobytes()
    return item


def of_values(**values: object) -> Sequence:
    item = Dataset()
    for name, value in values.items():
        setattr(item, name, value)
    return Sequence([item])


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Six sagittal slices, 2 mm apart, from right to left."""
    folder, uid = tmp_path / "series", generate_uid()
    folder.mkdir()
    for number in range(6):
        item = new_object(CTImageStorage, np.full(SHAPE, 100 * number, np.uint16))
        item.SeriesInstanceUID, item.StudyInstanceUID, item.Modality = uid, generate_uid(), "CT"
        item.PixelSpacing, item.SliceThickness = [1.5, 1], 2
        item.ImageOrientationPatient, item.ImagePositionPatient = SAGITTAL, [2 * number, 0, 0]
        item.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    return folder


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """One voxel, in the third slice, second row and fourth column."""
    frame = np.zeros(SHAPE, np.uint8)
    frame[1, 3] = 1
    item = new_object(SegmentationStorage, frame)
    item.NumberOfFrames, item.SegmentationType = 1, "BINARY"
    item.SharedFunctionalGroupsSequence = of_values(
        PixelMeasuresSequence=of_values(PixelSpacing=[1.5, 1], SliceThickness=2),
        PlaneOrientationSequence=of_values(ImageOrientationPatient=SAGITTAL),
    )
    item.PerFrameFunctionalGroupsSequence = of_values(PlanePositionSequence=of_values(ImagePositionPatient=[4, 0, 0]))
    (tmp_path / "result" / "1.2.3").mkdir(parents=True)
    item.save_as(tmp_path / "result" / "1.2.3" / draw.SEGMENTATION, enforce_file_format=True)
    return tmp_path / "result"


def test_a_finding_lies_where_the_node_saw_it(series: Path, result: Path):
    image, found = draw.read_result(series, result)
    assert image.values.shape == found.shape == (6, 8, 10)
    assert np.argwhere(found).tolist() == [[2, 3, 8]], "to the left, the back and the head"
    assert image.values[2, 3, 8] == 200
    assert image.grid.spacing_mm == pytest.approx((2, 1, 1.5))


def test_it_is_drawn(series: Path, result: Path, tmp_path: Path):
    arguments = argparse.Namespace(
        picture=tmp_path / "p.png", series=[series], results=[result], window=None, without_sagittal=True
    )
    assert draw.run(arguments) == 0
    assert arguments.picture.stat().st_size > 1000


def test_a_result_of_another_series_is_refused(series: Path, result: Path, tmp_path: Path, capsys):
    path = result / "1.2.3" / draw.SEGMENTATION
    item = pydicom.dcmread(path)
    item.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient = [40, 0, 0]
    item.save_as(path)
    arguments = argparse.Namespace(
        picture=tmp_path / "p.png", series=[series], results=[result], window=None, without_sagittal=True
    )
    assert draw.run(arguments) == 1
    assert "was not made of this series" in capsys.readouterr().out
