import DICOMCore
import DICOMFile
public import Foundation
import Geometry
public import Imaging

/// A BINARY segmentation (PS3.3 §A.51) on the source's own slices.
public struct SegmentationObject: Sendable {
    public let context: ResultContext
    public let grid: SourceGrid
    /// Label n is segment n; on `grid`.
    public let labels: LabelMap
    /// Segment n is at index n - 1.
    public let segments: [SegmentDescription]
    /// Writes empty frames as well, for viewers that need every slice in every segment.
    public var writesAllFrames = false
    /// At most this many threads pack and verify.
    public var threads = 2

    public init(
        context: ResultContext, grid: SourceGrid, labels: LabelMap, segments: [SegmentDescription]
    ) {
        self.context = context
        self.grid = grid
        self.labels = labels
        self.segments = segments
    }

    /// Writes the file, reads it again, and compares every frame and the centroid of every segment with the labels.
    ///
    /// - Throws: `.notRepresentable` without a frame of reference, for labels on another grid, without a segment, for a
    ///   segment without voxels or a label without segment; `.verificationFailed`: the file must not be sent.
    public func write(to url: URL) throws(ResultError) -> WrittenObject {
        try checkRepresentable()
        let occupancy = SegmentOccupancy(labels, segmentCount: segments.count, threads: threads)
        guard let occupancy, occupancy.emptySegments.isEmpty else {
            throw ResultError(.notRepresentable, "every label needs a segment, and every segment a voxel")
        }
        let frames = occupancy.frames(all: writesAllFrames)
        return try ResultError.wrapping("segmentation") {
            let result = ResultDataSet(
                context: context, role: .segmentation, sopClassUID: .segmentationStorage, modality: "SEG",
                seriesNumber: 9001, seriesDescription: "\(context.algorithm.name) segmentation, research use only")
            let object = try result.write(makeDataSet(result, frames: frames), to: url)
            try SegmentationVerification(segmentation: self, occupancy: occupancy, frames: frames).verify(object.url)
            return object
        }
    }

    private func checkRepresentable() throws(ResultError) {
        if context.source.frameOfReferenceUID == nil {
            throw ResultError(.notRepresentable, "a segmentation needs the source's frame of reference")
        }
        if labels.size != grid.size {
            throw ResultError(.notRepresentable, "the labels are not on the source's grid")
        }
        if segments.isEmpty { throw ResultError(.notRepresentable, "a segmentation needs a segment") }
    }

    private func makeDataSet(_ result: ResultDataSet, frames: [SegmentFrame]) throws -> DataSet {
        let dataSet = try result.make()
        try setImage(in: dataSet, frameCount: frames.count)
        try setSegments(in: dataSet)
        try setDimensions(in: dataSet)
        try setReferencedSeries(in: dataSet, frames: frames)
        try setSharedGroups(in: dataSet)
        try setFrameGroups(in: dataSet, frames: frames)
        let pixels = frames.count * grid.size.planeCount
        try dataSet.setPixelData(byteCount: (pixels + 15) / 16 * 2, bitsAllocated: 1) { bytes in
            SegmentPacking(frames: frames, labels: labels).pack(into: bytes, threads: threads)
        }
        return dataSet
    }
}
