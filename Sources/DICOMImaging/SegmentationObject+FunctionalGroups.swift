import DICOMCore
import DICOMFile
import Geometry

/// Functional groups (PS3.3 §C.7.6.16, §C.8.20.3).
extension SegmentationObject {
    func setSharedGroups(in dataSet: DataSet) throws {
        let shared = try dataSet.appendItem(.sharedFunctionalGroupsSequence)
        let measures = try shared.appendItem(.pixelMeasuresSequence)
        try measures.set(.pixelSpacing, grid.pixelSpacing)
        // Some readers take the thickness for the spacing: both are the distance along the normal.
        try measures.set(.sliceThickness, double: grid.geometry.spacing.k)
        try measures.set(.spacingBetweenSlices, double: grid.geometry.spacing.k)
        try shared.appendItem(.planeOrientationSequence).set(.imageOrientationPatient, grid.imageOrientationPatient)
    }

    func setFrameGroups(in dataSet: DataSet, frames: [SegmentFrame]) throws {
        let slices = Set(frames.map(\.slice)).sorted()
        let ranks = Dictionary(uniqueKeysWithValues: slices.enumerated().map { ($1, $0 + 1) })
        // What all frames of a slice share is made once and copied: thousands of frames are common.
        let templates = try Dictionary(uniqueKeysWithValues: slices.map { ($0, try makeSliceGroups(grid.slices[$0])) })
        for frame in frames {
            guard let rank = ranks[frame.slice], let template = templates[frame.slice] else { continue }
            let item = try dataSet.appendItem(.perFrameFunctionalGroupsSequence)
            try item.appendItem(.frameContentSequence).set(.dimensionIndexValues, ints: [frame.segment, rank])
            try item.copy(.planePositionSequence, from: template)
            try item.copy(.derivationImageSequence, from: template)
            try item.appendItem(.segmentIdentificationSequence).set(.referencedSegmentNumber, int: frame.segment)
        }
    }

    /// Plane position and derivation image of one slice.
    private func makeSliceGroups(_ slice: SourceGrid.Slice) throws -> DataSet {
        let groups = try DataSet()
        try groups.appendItem(.planePositionSequence).set(.imagePositionPatient, slice.imagePositionPatient)
        let derivation = try groups.appendItem(.derivationImageSequence)
        let source = try derivation.appendItem(.sourceImageSequence)
        try source.set(.referencedSOPClassUID, uid: slice.instance.sopClassUID)
        try source.set(.referencedSOPInstanceUID, uid: slice.instance.sopInstanceUID)
        if let frameNumber = slice.frameNumber { try source.set(.referencedFrameNumber, int: frameNumber) }
        try source.set(.spatialLocationsPreserved, "YES")
        try source.set(.purposeOfReferenceCodeSequence, code: .sourceImageForProcessing)
        try derivation.set(.derivationCodeSequence, code: .segmentation)
        return groups
    }
}
