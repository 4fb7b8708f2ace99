"""Volumes from the files that research data comes in: NIfTI, MetaImage (mhd, mha) and NRRD."""

from pathlib import Path

import nibabel
import numpy as np
import SimpleITK

from fovea_training.data.dicom_series import SeriesError
from fovea_training.data.grids import Grid, Volume

NIFTI = (".nii", ".nii.gz")
ITK = (".mhd", ".mha", ".nrrd", ".nhdr")
SUFFIXES = NIFTI + ITK
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def read_volume(path: Path) -> Volume:
    """A volume (x, y, z) on axes to the patient's left, back and head; raises SeriesError where it cannot be read."""
    return read_stored(path).along_patient()


def read_stored(path: Path) -> Volume:
    """A volume with its axes as they are in the file."""
    if not path.is_file():
        raise SeriesError(f"{path}: no such file; see training/README.md for where the data comes from")
    if not path.name.endswith(SUFFIXES):
        raise SeriesError(f"{path}: not one of {', '.join(SUFFIXES)}")
    try:
        volume = read_nifti(path) if path.name.endswith(NIFTI) else read_itk(path)
    except Exception as error:  # the readers of broken files raise whatever their parts do
        raise SeriesError(f"{path}: cannot be read: {str(error).strip().splitlines()[-1]}") from error
    if volume.values.ndim != 3:
        raise SeriesError(f"{path}: not a single 3-D volume: shape {volume.values.shape}")
    if not np.isfinite(volume.values).all():
        raise SeriesError(f"{path}: some of its values are not numbers")
    return volume


def read_nifti(path: Path) -> Volume:
    image = nibabel.load(path)
    values = np.asanyarray(image.dataobj)
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    return Volume(values, Grid(values.shape, RAS_TO_LPS @ image.affine))


def read_itk(path: Path) -> Volume:
    return itk_volume(SimpleITK.ReadImage(str(path)))


def itk_volume(image: SimpleITK.Image) -> Volume:
    """ITK's positions are LPS and its arrays (z, y, x)."""
    values = SimpleITK.GetArrayFromImage(image).T
    affine = np.eye(4)
    if image.GetDimension() == 3:
        affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
        affine[:3, 3] = image.GetOrigin()
    return Volume(values, Grid(values.shape, affine))


def stem(path: Path) -> str:
    """The file's name without what it ends in."""
    for suffix in SUFFIXES:
        if path.name.endswith(suffix):
            return path.name.removesuffix(suffix)
    return path.name
