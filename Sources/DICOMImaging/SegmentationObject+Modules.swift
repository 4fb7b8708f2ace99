import DICOMCore
import DICOMFile
import Geometry

/// The modules of the segmentation IOD but the functional groups (PS3.3 §A.51.3).
extension SegmentationObject {
    /// Image pixel, segmentation image, frame of reference (PS3.3 §C.7.6.3, §C.8.20.2, §C.7.4.1).
    func setImage(in dataSet: DataSet, frameCount: Int) throws {
        try dataSet.set(.imageType, "DERIVED\\PRIMARY")
        try dataSet.set(.samplesPerPixel, int: 1)
        try dataSet.set(.photometricInterpretation, "MONOCHROME2")
        try dataSet.set(.numberOfFrames, int: frameCount)
        try dataSet.set(.rows, int: grid.size.height)
        try dataSet.set(.columns, int: grid.size.width)
        try dataSet.set(.bitsAllocated, int: 1)
        try dataSet.set(.bitsStored, int: 1)
        try dataSet.set(.highBit, int: 0)
        try dataSet.set(.pixelRepresentation, int: 0)
        try dataSet.set(.lossyImageCompression, context.source.isLossy ? "01" : "00")
        try dataSet.set(.segmentationType, "BINARY")
        try dataSet.set(.segmentsOverlap, "NO")
        try dataSet.set(.contentLabel, "SEGMENTATION")
        try dataSet.set(.contentDescription, "Research use only")
        try dataSet.set(.contentCreatorName, context.equipment.manufacturer)
        if let frameOfReference = context.source.frameOfReferenceUID {
            try dataSet.set(.frameOfReferenceUID, uid: frameOfReference)
        }
        try dataSet.setEmpty(.positionReferenceIndicator)
    }

    /// Segment Sequence (PS3.3 §C.8.20.4).
    func setSegments(in dataSet: DataSet) throws {
        for (index, segment) in segments.enumerated() {
            let item = try dataSet.appendItem(.segmentSequence)
            try item.set(.segmentNumber, int: index + 1)
            try item.set(.segmentLabel, segment.label)
            try item.set(.segmentDescription, segment.label)
            try item.set(.segmentAlgorithmType, "AUTOMATIC")
            try item.set(.segmentAlgorithmName, context.algorithm.name)
            try setAlgorithm(in: item)
            try item.set(.segmentedPropertyCategoryCodeSequence, code: segment.category)
            try Self.set(
                .segmentedPropertyTypeCodeSequence, segment.type,
                modifier: (.segmentedPropertyTypeModifierCodeSequence, segment.typeModifier), in: item)
            if let region = segment.region {
                try Self.set(
                    .anatomicRegionSequence, region,
                    modifier: (.anatomicRegionModifierSequence, segment.regionModifier), in: item)
            }
            try item.set(.recommendedDisplayCIELabValue, ints: segment.colour.cieLab)
            try item.set(.trackingID, segment.trackingIdentifier)
            try item.set(.trackingUID, uid: segment.trackingUID)
        }
    }

    private static func set(
        _ tag: Tag, _ code: CodedEntry, modifier: (tag: Tag, code: CodedEntry?), in item: DataSet
    ) throws {
        let coded = try item.appendItem(tag)
        try coded.setCode(code)
        if let modifierCode = modifier.code { try coded.set(modifier.tag, code: modifierCode) }
    }

    /// Algorithm identification macro (PS3.3 §10.16).
    private func setAlgorithm(in segment: DataSet) throws {
        let item = try segment.appendItem(.segmentationAlgorithmIdentificationSequence)
        try item.set(.algorithmFamilyCodeSequence, code: context.algorithm.family)
        try item.set(.algorithmName, context.algorithm.name)
        try item.set(.algorithmVersion, context.algorithm.version)
    }

    /// Frames are indexed by segment, then by position along the normal (PS3.3 §C.7.6.17).
    func setDimensions(in dataSet: DataSet) throws {
        let organization = context.identity.dimensionOrganizationUID
        try dataSet.appendItem(.dimensionOrganizationSequence).set(.dimensionOrganizationUID, organization)
        let indices: [(pointer: Tag, group: Tag, label: String)] = [
            (.referencedSegmentNumber, .segmentIdentificationSequence, "Segment"),
            (.imagePositionPatient, .planePositionSequence, "Position"),
        ]
        for index in indices {
            let item = try dataSet.appendItem(.dimensionIndexSequence)
            try item.set(.dimensionOrganizationUID, organization)
            try item.set(.dimensionIndexPointer, tag: index.pointer)
            try item.set(.functionalGroupPointer, tag: index.group)
            try item.set(.dimensionDescriptionLabel, index.label)
        }
    }

    /// Common instance reference (PS3.3 §C.12.2): exactly the instances that the frames cite.
    func setReferencedSeries(in dataSet: DataSet, frames: [SegmentFrame]) throws {
        let series = try dataSet.appendItem(.referencedSeriesSequence)
        try series.set(.seriesInstanceUID, uid: context.source.seriesInstanceUID)
        var cited: Set<SourceInstance> = []
        for slice in Set(frames.map(\.slice)).sorted() {
            let instance = grid.slices[slice].instance
            guard cited.insert(instance).inserted else { continue }
            let item = try series.appendItem(.referencedInstanceSequence)
            try item.set(.referencedSOPClassUID, uid: instance.sopClassUID)
            try item.set(.referencedSOPInstanceUID, uid: instance.sopInstanceUID)
        }
    }
}
