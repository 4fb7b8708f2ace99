"""Instances per second of Fovea, DCMTK's storescp and Orthanc, receiving the same series from the same stock dcmsend.

The receivers take turns, so that a change of the machine's speed meets all of them. Medians are reported.
`fovea send` to Fovea is measured too.
"""

from __future__ import annotations

import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy
import peers
import pydicom
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid


def write_series(folder: pathlib.Path, count: int) -> None:
    """A CT series of `count` slices of 512 x 512, 12 bits of noise."""
    noise = numpy.random.default_rng(1).integers(0, 4096, (512, 512), dtype=numpy.int16)
    study, series, frame_of_reference = generate_uid(), generate_uid(), generate_uid()
    for index in range(count):
        image = pydicom.Dataset()
        image.file_meta = pydicom.dataset.FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, generate_uid()
        image.StudyInstanceUID, image.SeriesInstanceUID = study, series
        image.FrameOfReferenceUID = frame_of_reference
        image.PatientName, image.PatientID, image.Modality = "BENCHMARK^RECEPTION", "BENCHMARK", "CT"
        image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        image.StudyDate = image.StudyTime = image.AccessionNumber = image.StudyID = ""
        image.SeriesNumber, image.InstanceNumber = 1, index + 1
        image.ImagePositionPatient, image.ImageOrientationPatient = [0, 0, index], [1, 0, 0, 0, 1, 0]
        image.PixelSpacing, image.SliceThickness = [0.7, 0.7], 1
        image.Rows = image.Columns = 512
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 1
        image.RescaleIntercept, image.RescaleSlope = -1024, 1
        image.PixelData = numpy.roll(noise, index).tobytes()
        image.save_as(folder / f"{index:04}.dcm", enforce_file_format=True)


def seconds_to_send(command: list[str]) -> float:
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def dcmsend(port: int, called: str, series: pathlib.Path) -> list[str]:
    return ["dcmsend", "-aet", "BENCHMARK", "-aec", called, "+sd", "127.0.0.1", str(port), str(series)]


def fovea_send(port: int, called: str, series: pathlib.Path) -> list[str]:
    return [str(peers.FOVEA), "send", f"{called}@127.0.0.1:{port}", str(series)]


RECEIVERS = {
    "storescp, from dcmsend": (peers.storescp, "STORESCP", dcmsend),
    "Orthanc, from dcmsend": (peers.orthanc, "ORTHANC", dcmsend),
    "Fovea, from dcmsend": (peers.fovea, "FOVEA", dcmsend),
    "Fovea, from fovea send": (peers.fovea, "FOVEA", fovea_send),
}


def measure(count: int, repeat: int) -> dict[str, float]:
    rates: dict[str, list[float]] = {name: [] for name in RECEIVERS}
    with tempfile.TemporaryDirectory() as scratch:
        series = pathlib.Path(scratch) / "series"
        series.mkdir()
        write_series(series, count)
        for _ in range(repeat):
            for name, (receiver, called, sender) in RECEIVERS.items():
                with tempfile.TemporaryDirectory() as folder, receiver(pathlib.Path(folder)) as port:
                    rates[name].append(count / seconds_to_send(sender(port, called, series)))
    return {name: statistics.median(values) for name, values in rates.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=500)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    rates = measure(options.instances, options.repeat)
    ours = rates["Fovea, from dcmsend"]
    print(f"| receiver and sender | instances/s (median of {options.repeat}) | Fovea from dcmsend, ratio |")
    print("|---|---|---|")
    for name, rate in rates.items():
        print(f"| {name} | {rate:.1f} | {ours / rate:.1f} |")


if __name__ == "__main__":
    main()
