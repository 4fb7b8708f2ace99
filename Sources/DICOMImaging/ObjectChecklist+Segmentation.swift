import DICOMCore
import DICOMFile

/// Segmentations (PS3.3 §A.51).
extension ObjectChecklist {
    static func segmentation(_ dataSet: DataSet) -> [String] {
        missing(attributes, in: dataSet) + fixedValues(dataSet) + contentLabel(dataSet) + segments(dataSet)
            + sharedGroups(dataSet) + frames(dataSet)
    }

    private static let attributes: [(Tag, String)] = [
        (.imageType, "ImageType"), (.frameOfReferenceUID, "FrameOfReferenceUID"), (.rows, "Rows"),
        (.columns, "Columns"), (.contentLabel, "ContentLabel"), (.contentDescription, "ContentDescription"),
        (.lossyImageCompression, "LossyImageCompression"), (.segmentsOverlap, "SegmentsOverlap"),
        (.segmentSequence, "SegmentSequence"), (.referencedSeriesSequence, "ReferencedSeriesSequence"),
        (.dimensionOrganizationSequence, "DimensionOrganizationSequence"),
        (.dimensionIndexSequence, "DimensionIndexSequence"), (.pixelData, "PixelData"),
    ]

    private static func fixedValues(_ dataSet: DataSet) -> [String] {
        let texts: [(Tag, String, String)] = [
            (.segmentationType, "SegmentationType", "BINARY"),
            (.photometricInterpretation, "PhotometricInterpretation", "MONOCHROME2"),
        ]
        let numbers: [(Tag, String, Int)] = [
            (.bitsAllocated, "BitsAllocated", 1), (.bitsStored, "BitsStored", 1), (.highBit, "HighBit", 0),
            (.samplesPerPixel, "SamplesPerPixel", 1), (.pixelRepresentation, "PixelRepresentation", 0),
        ]
        let type2: [(Tag, String)] = [
            (.positionReferenceIndicator, "PositionReferenceIndicator"), (.contentCreatorName, "ContentCreatorName"),
        ]
        return texts.filter { dataSet.string($0.0) != $0.2 }.map { "\($0.1) is not \($0.2)" }
            + numbers.filter { dataSet.int($0.0) != $0.2 }.map { "\($0.1) is not \($0.2)" }
            + type2.filter { !dataSet.contains($0.0) }.map { "\($0.1) is absent" }
    }

    /// CS: up to 16 of these characters (PS3.5 §6.2).
    private static func contentLabel(_ dataSet: DataSet) -> [String] {
        guard let label = dataSet.string(.contentLabel) else { return [] }
        let allowed = label.utf8.allSatisfy {
            (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || [0x20, 0x5F].contains($0)
        }
        return allowed && label.utf8.count <= 16 ? [] : ["ContentLabel is no code string"]
    }

    private static func segments(_ dataSet: DataSet) -> [String] {
        let segments = dataSet.items(.segmentSequence)
        var violations: [String] = []
        if segments.map({ $0.int(.segmentNumber) }) != (0..<segments.count).map({ $0 + 1 }) {
            violations.append("SegmentNumber does not count from 1")
        }
        if Set(segments.map { $0.string(.segmentLabel) }).count != segments.count {
            violations.append("SegmentLabel is not unique")
        }
        let required: [(Tag, String)] = [
            (.segmentLabel, "SegmentLabel"), (.segmentAlgorithmType, "SegmentAlgorithmType"),
            (.segmentAlgorithmName, "SegmentAlgorithmName"),
            (.segmentedPropertyCategoryCodeSequence, "SegmentedPropertyCategoryCodeSequence"),
            (.segmentedPropertyTypeCodeSequence, "SegmentedPropertyTypeCodeSequence"),
            (.recommendedDisplayCIELabValue, "RecommendedDisplayCIELabValue"), (.trackingID, "TrackingID"),
            (.trackingUID, "TrackingUID"),
        ]
        return violations + segments.flatMap { missing(required, in: $0) }
    }

    private static func sharedGroups(_ dataSet: DataSet) -> [String] {
        guard let shared = dataSet.items(.sharedFunctionalGroupsSequence).first else {
            return ["SharedFunctionalGroupsSequence is absent"]
        }
        let measures = shared.items(.pixelMeasuresSequence).first
        let orientation = shared.items(.planeOrientationSequence).first
        let spacings: [(Tag, String)] = [
            (.pixelSpacing, "PixelSpacing"), (.sliceThickness, "SliceThickness"),
            (.spacingBetweenSlices, "SpacingBetweenSlices"),
        ]
        return (measures.map { missing(spacings, in: $0) } ?? ["PixelMeasuresSequence is absent"])
            + (orientation.map { missing([(.imageOrientationPatient, "ImageOrientationPatient")], in: $0) }
                ?? ["PlaneOrientationSequence is absent"])
    }

    private static func frames(_ dataSet: DataSet) -> [String] {
        let frames = dataSet.items(.perFrameFunctionalGroupsSequence)
        guard !frames.isEmpty, frames.count == dataSet.int(.numberOfFrames) else {
            return ["PerFrameFunctionalGroupsSequence does not match NumberOfFrames"]
        }
        let indexCount = dataSet.items(.dimensionIndexSequence).count
        let indices = frames.map { $0.items(.frameContentSequence).first?.ints(.dimensionIndexValues) ?? [] }
        var violations: [String] = []
        if indices.contains(where: { $0.count != indexCount }) {
            violations.append("DimensionIndexValues does not match DimensionIndexSequence")
        }
        if zip(indices, indices.dropFirst()).contains(where: { !$0.lexicographicallyPrecedes($1) }) {
            violations.append("the frames are not sorted by segment and position")
        }
        let (cited, problems) = citations(frames)
        violations += problems
        let referenced = dataSet.items(.referencedSeriesSequence).flatMap { $0.items(.referencedInstanceSequence) }
            .map { $0.string(.referencedSOPInstanceUID) }
        if Set(referenced) != cited { violations.append("ReferencedSeriesSequence is not what the frames cite") }
        return violations
    }

    /// The instances that the frames cite, and what the frames lack.
    private static func citations(_ frames: [DataSet]) -> (Set<String?>, [String]) {
        var cited: Set<String?> = []
        for frame in frames {
            let source = frame.items(.derivationImageSequence).first?.items(.sourceImageSequence).first
            guard let source, source.string(.spatialLocationsPreserved) == "YES",
                !source.items(.purposeOfReferenceCodeSequence).isEmpty
            else { return (cited, ["a frame cites no source image, or does not say that locations are preserved"]) }
            cited.insert(source.string(.referencedSOPInstanceUID))
            guard frame.items(.planePositionSequence).first?.doubles(.imagePositionPatient).count == 3,
                frame.items(.segmentIdentificationSequence).first?.int(.referencedSegmentNumber) != nil
            else { return (cited, ["a frame has no position or no segment"]) }
        }
        return (cited, [])
    }
}
