"""Tiny files of each format that training reads, written by the tests."""

from pathlib import Path

import nibabel
import numpy as np
import pydicom
import SimpleITK
from numpy.typing import NDArray
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, SegmentationStorage, generate_uid

SPACING_MM = (0.7, 0.8, 2.5)
ORIGIN_MM = (-30.0, 20.0, -100.0)
AXIAL = [1, 0, 0, 0, 1, 0]


def write_series(folder: Path, volume: NDArray, heights: list[float], corner_mm: tuple[float, float] = (0, 0)) -> None:
    """Single-frame CT files of (x, y, z), 0.7 x 0.8 mm, stored with an intercept of -1024."""
    folder.mkdir(parents=True, exist_ok=True)
    series = generate_uid()
    for number, height in enumerate(heights):
        item = pydicom.Dataset()
        item.file_meta = pydicom.dataset.FileMetaDataset()
        item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        item.SOPClassUID, item.SOPInstanceUID, item.SeriesInstanceUID = CTImageStorage, generate_uid(), series
        item.ImagePositionPatient, item.ImageOrientationPatient = [*corner_mm, height], AXIAL
        item.PixelSpacing, item.RescaleSlope, item.RescaleIntercept = [SPACING_MM[1], SPACING_MM[0]], 1, -1024
        item.Columns, item.Rows = volume.shape[0], volume.shape[1]
        item.SamplesPerPixel, item.PhotometricInterpretation, item.PixelRepresentation = 1, "MONOCHROME2", 1
        item.BitsAllocated, item.BitsStored, item.HighBit = 16, 16, 15
        item.PixelData = (volume[:, :, number].T + 1024).astype(np.int16).tobytes()
        item.save_as(folder / f"{9 - number}.dcm", enforce_file_format=True)


def write_segmentation(path: Path, labels: NDArray, origin_mm: tuple[float, ...], fractional: bool = False) -> None:
    """A DICOM Segmentation of (x, y, z): a frame for each slice of each segment that is not empty."""
    item = pydicom.Dataset()
    item.file_meta = pydicom.dataset.FileMetaDataset()
    item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    item.SOPClassUID, item.SOPInstanceUID = SegmentationStorage, generate_uid()
    item.SegmentationType = "FRACTIONAL" if fractional else "BINARY"
    item.Columns, item.Rows = labels.shape[:2]
    item.SamplesPerPixel, item.PhotometricInterpretation, item.PixelRepresentation = 1, "MONOCHROME2", 0
    item.BitsAllocated = item.BitsStored = 8 if fractional else 1
    item.HighBit = item.BitsStored - 1
    item.MaximumFractionalValue = 200
    measures, orientation = pydicom.Dataset(), pydicom.Dataset()
    measures.PixelSpacing, measures.SliceThickness = [SPACING_MM[1], SPACING_MM[0]], SPACING_MM[2]
    orientation.ImageOrientationPatient = AXIAL
    shared = pydicom.Dataset()
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Sequence([measures]), Sequence([orientation])
    item.SharedFunctionalGroupsSequence = Sequence([shared])
    frames, groups = [], []
    for number in range(1, int(labels.max()) + 1):
        for k in np.flatnonzero((labels == number).any(axis=(0, 1))):
            frames.append((labels[:, :, k] == number).T)
            groups.append(frame_groups(number, [*origin_mm[:2], origin_mm[2] + k * SPACING_MM[2]]))
    item.NumberOfFrames, item.PerFrameFunctionalGroupsSequence = len(frames), Sequence(groups)
    pixels = np.stack(frames).astype(np.uint8)
    stored = pixels * 150 if fractional else np.packbits(pixels.ravel(), bitorder="little")
    item.PixelData = stored.tobytes()
    if len(item.PixelData) % 2:
        item.PixelData += b"\0"
    path.parent.mkdir(parents=True, exist_ok=True)
    item.save_as(path, enforce_file_format=True)


def frame_groups(number: int, position_mm: list[float]) -> pydicom.Dataset:
    segment, position, groups = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
    segment.ReferencedSegmentNumber, position.ImagePositionPatient = number, [float(value) for value in position_mm]
    groups.SegmentIdentificationSequence, groups.PlanePositionSequence = Sequence([segment]), Sequence([position])
    return groups


def write_itk(path: Path, values: NDArray, flipped: bool = False) -> None:
    """MetaImage or NRRD of (x, y, z), to the left, back and head; `flipped`: stored to the right and the front."""
    signs = (-1, -1, 1) if flipped else (1, 1, 1)
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(values[:: signs[0], :: signs[1]].T))
    image.SetSpacing(SPACING_MM)
    image.SetDirection(np.diag(signs).astype(float).ravel().tolist())
    last = np.subtract(values.shape, 1) * SPACING_MM
    image.SetOrigin((np.array(ORIGIN_MM) + np.where(np.array(signs) < 0, last, 0)).tolist())
    path.parent.mkdir(parents=True, exist_ok=True)
    SimpleITK.WriteImage(image, str(path), useCompression=path.suffix == ".nrrd")


def write_nifti(path: Path, values: NDArray, spacing_mm: tuple[float, ...] = SPACING_MM) -> None:
    """NIfTI of (x, y, z), to the left, back and head, stored to the right, front and head."""
    x, y, z = ORIGIN_MM
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = [-x - (values.shape[0] - 1) * spacing_mm[0], -y - (values.shape[1] - 1) * spacing_mm[1], z]
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(np.ascontiguousarray(values[::-1, ::-1]), affine), path)
