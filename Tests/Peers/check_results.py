"""Reads SEG and SR objects as a third party does (highdicom, pydicom) and prints what they hold as JSON."""

from __future__ import annotations

import argparse
import json
import pathlib

import highdicom
import numpy
import pydicom
from pydicom.uid import SegmentationStorage


def frame_centres(image: pydicom.Dataset, frame: pydicom.Dataset, mask: numpy.ndarray) -> numpy.ndarray:
    """LPS positions in mm of the voxels that are set in one frame."""
    shared = image.SharedFunctionalGroupsSequence[0]
    cosines = numpy.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float)
    row_spacing, column_spacing = map(float, shared.PixelMeasuresSequence[0].PixelSpacing)
    origin = numpy.array(frame.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
    rows, columns = numpy.nonzero(mask)
    return origin + numpy.outer(columns * column_spacing, cosines[:3]) + numpy.outer(rows * row_spacing, cosines[3:])


def segmentation(path: pathlib.Path) -> dict[str, object]:
    image = highdicom.seg.segread(path)
    frames = image.pixel_array.reshape(-1, image.Rows, image.Columns)
    points: dict[int, list[numpy.ndarray]] = {number: [] for number in image.segment_numbers}
    sources: set[str] = set()
    for index, frame in enumerate(image.PerFrameFunctionalGroupsSequence):
        number = frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        points[number].append(frame_centres(image, frame, frames[index]))
        for source in frame.DerivationImageSequence[0].SourceImageSequence:
            sources.add(source.ReferencedSOPInstanceUID)
    segments = []
    for number in image.segment_numbers:
        description = image.get_segment_description(number)
        positions = numpy.concatenate(points[number])
        segments.append({
            "number": number, "label": description.segment_label, "tracking_uid": description.tracking_uid,
            "category": description.segmented_property_category.value,
            "type": description.segmented_property_type.value,
            "voxels": len(positions), "centroid_mm": positions.mean(axis=0).tolist(),
        })
    return {
        "file": str(path), "sop_instance_uid": image.SOPInstanceUID, "series_instance_uid": image.SeriesInstanceUID,
        "source_series": image.ReferencedSeriesSequence[0].SeriesInstanceUID, "frames": int(image.NumberOfFrames),
        "sources": sorted(sources), "segments": segments,
    }


def texts(item: pydicom.Dataset) -> list[str]:
    own = [item.TextValue] if "TextValue" in item else []
    return own + [text for child in item.get("ContentSequence", []) for text in texts(child)]


def codes(item: pydicom.Dataset) -> list[list[str]]:
    """All coded name-value pairs of the content tree."""
    own = []
    if item.get("ValueType") == "CODE":
        value = item.ConceptCodeSequence[0]
        own = [[item.ConceptNameCodeSequence[0].CodeValue, value.CodeValue, value.CodeMeaning]]
    return own + [code for child in item.get("ContentSequence", []) for code in codes(child)]


def measurement(item: highdicom.sr.Measurement) -> dict[str, object]:
    derivation = [
        content.ConceptCodeSequence[0].CodeMeaning for content in item[0].get("ContentSequence", [])
        if content.ValueType == "CODE" and content.ConceptNameCodeSequence[0].CodeValue == "121401"]
    return {
        "name": item.name.meaning, "value": item.value, "unit": item.unit.value,
        "derivation": derivation[0] if derivation else None,
    }


def group(item: highdicom.sr.VolumetricROIMeasurementsAndQualitativeEvaluations) -> dict[str, object]:
    segment = item.referenced_segment
    return {
        "tracking_uid": item.tracking_uid, "finding": item.finding_type.value,
        "sites": [
            [site.value.value, site.laterality.meaning if site.laterality else None] for site in item.finding_sites],
        "segment": int(segment.referenced_segment_numbers[0]) if segment is not None else None,
        "segmentation": segment.referenced_sop_instance_uid if segment is not None else None,
        "measurements": [measurement(value) for value in item.get_measurements()],
    }


def report(path: pathlib.Path) -> dict[str, object]:
    document = highdicom.sr.srread(path)
    groups = document.content.get_volumetric_roi_measurement_groups()
    evidence = [
        reference.ReferencedSOPInstanceUID for study in document.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence for reference in series.ReferencedSOPSequence]
    predecessors = [
        reference.ReferencedSOPInstanceUID for study in document.get("PredecessorDocumentsSequence", [])
        for series in study.ReferencedSeriesSequence for reference in series.ReferencedSOPSequence]
    return {
        "file": str(path), "sop_class": document.SOPClassUID, "sop_instance_uid": document.SOPInstanceUID,
        "preliminary": document.get("PreliminaryFlag"), "verification": document.VerificationFlag,
        "evidence": evidence, "predecessors": predecessors, "texts": texts(document), "codes": codes(document),
        "groups": [group(item) for item in groups],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=pathlib.Path, nargs="*")
    options = parser.parse_args()
    results: dict[str, list[dict[str, object]]] = {"segmentations": [], "reports": []}
    for path in options.files:
        header = pydicom.dcmread(path, stop_before_pixels=True)
        if header.SOPClassUID == SegmentationStorage:
            results["segmentations"].append(segmentation(path))
        elif header.Modality == "SR":
            results["reports"].append(report(path))
    print(json.dumps(results, indent=1, default=str))


if __name__ == "__main__":
    main()
