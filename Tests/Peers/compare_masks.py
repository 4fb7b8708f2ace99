"""Compares what a DICOM SEG holds with a mask in NIfTI on the grid of the source series; prints figures as JSON."""

from __future__ import annotations

import argparse
import gzip
import json
import pathlib
import struct

import numpy
import pydicom

#: Data types of NIfTI-1 that masks come in.
TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2"}


class Nifti:
    """A NIfTI-1 image: voxels indexed [i, j, k], and the matrix that takes indices to RAS millimetres."""

    def __init__(self, path: pathlib.Path) -> None:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        order = "<" if struct.unpack("<i", data[:4])[0] == 348 else ">"
        shape = struct.unpack(order + "8h", data[40:56])[1:4]
        kind = numpy.dtype(TYPES[struct.unpack(order + "h", data[70:72])[0]]).newbyteorder(order)
        offset = int(struct.unpack(order + "f", data[108:112])[0])
        self.voxels = numpy.frombuffer(data, kind, int(numpy.prod(shape)), offset).reshape(shape, order="F")
        rows = numpy.array(struct.unpack(order + "12f", data[280:328])).reshape(3, 4)
        if struct.unpack(order + "h", data[254:256])[0] == 0:
            raise SystemExit(f"{path}: no sform")
        self.affine = numpy.vstack([rows, [0, 0, 0, 1]])


def voxels_of(segmentation: pydicom.Dataset, grid: Nifti) -> dict[int, set[tuple[int, int, int]]]:
    """The voxels of each segment as indices of the grid, by their places in the patient."""
    shared = segmentation.SharedFunctionalGroupsSequence[0]
    cosines = numpy.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float)
    row_spacing, column_spacing = map(float, shared.PixelMeasuresSequence[0].PixelSpacing)
    inverse = numpy.linalg.inv(grid.affine)
    masks = segmentation.pixel_array.reshape(-1, segmentation.Rows, segmentation.Columns)
    found: dict[int, set[tuple[int, int, int]]] = {}
    for mask, frame in zip(masks, segmentation.PerFrameFunctionalGroupsSequence):
        number = int(frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        origin = numpy.array(frame.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        rows, columns = numpy.nonzero(mask)
        along_row = numpy.outer(columns * column_spacing, cosines[:3])
        places = origin + along_row + numpy.outer(rows * row_spacing, cosines[3:])
        ras = numpy.column_stack([-places[:, 0], -places[:, 1], places[:, 2], numpy.ones(len(places))])
        indices = numpy.rint(ras @ inverse.T)[:, :3].astype(int)
        found.setdefault(number, set()).update(map(tuple, indices.tolist()))
    return found


def overlap(one: set[tuple[int, int, int]], other: set[tuple[int, int, int]]) -> float:
    return len(one & other) / max(1, len(one | other))


def component(mask: set[tuple[int, int, int]], seeds: set[tuple[int, int, int]]) -> set[tuple[int, int, int]]:
    """What of the mask hangs together with the seeds over faces, edges and corners."""
    reached, border = set(), mask & seeds
    while border:
        reached |= border
        border = {
            (i + a, j + b, k + c) for i, j, k in border for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1)
        } & mask - reached
    return reached


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("segmentation", type=pathlib.Path)
    parser.add_argument("reference", type=pathlib.Path, help="a mask, .nii or .nii.gz")
    parser.add_argument("--nodule", type=pathlib.Path, help="a mask that marks a nodule of the reference to compare")
    options = parser.parse_args()
    reference = Nifti(options.reference)
    wanted = set(map(tuple, numpy.argwhere(reference.voxels != 0).tolist()))
    segments = voxels_of(pydicom.dcmread(options.segmentation), reference)
    figures: dict[str, object] = {"iou": overlap(set().union(*segments.values()), wanted), "segments": len(segments)}
    if options.nodule is not None:
        marked = set(map(tuple, numpy.argwhere(Nifti(options.nodule).voxels != 0).tolist()))
        nodule = component(wanted, marked)
        figures["nodule_iou"] = max(overlap(segment, nodule) for segment in segments.values())
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
