"""Images and label maps written as NIfTI, for the node to be measured on (`fovea evaluate`)."""

from pathlib import Path

import nibabel
import numpy as np
from numpy.typing import NDArray


def write_nifti(path: Path, values: NDArray, spacing_mm: tuple[float, float, float]) -> None:
    """Writes (x, y, z), whose axes run to the patient's left, back and head; labels as whole numbers of 16 bits."""
    affine = np.diag([-spacing_mm[0], -spacing_mm[1], spacing_mm[2], 1.0])
    kind = np.uint16 if values.dtype == np.bool_ or np.issubdtype(values.dtype, np.unsignedinteger) else np.float32
    image = nibabel.Nifti1Image(values.astype(kind), affine)
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)
