import DICOMCore
import DICOMFile
import Foundation
import Geometry
import Imaging
import Synchronization

/// Reads a written segmentation as a peer would, and compares it with the labels that it was made of.
struct SegmentationVerification {
    let segmentation: SegmentationObject
    let occupancy: SegmentOccupancy
    let frames: [SegmentFrame]
    private let framesBySlice: [Int: [Int]]

    init(segmentation: SegmentationObject, occupancy: SegmentOccupancy, frames: [SegmentFrame]) {
        self.segmentation = segmentation
        self.occupancy = occupancy
        self.frames = frames
        framesBySlice = Dictionary(grouping: frames.indices) { frames[$0].slice }
    }

    func verify(_ url: URL) throws {
        let failed = Mutex<(any Error)?>(nil)
        ForkJoin.run(count: segmentation.labels.size.depth, threads: segmentation.threads) { range in
            do {
                let file = try DICOMFile(reading: url)
                if range.lowerBound == 0 { try verifyHeader(file.dataSet) }
                for slice in range { try compareSlice(slice, of: file) }
            } catch {
                failed.withLock { $0 = error }
            }
        }
        if let error = failed.withLock({ $0 }) { throw error }
    }

    private func verifyHeader(_ dataSet: DataSet) throws {
        try ObjectChecklist.require(dataSet)
        try compareCentroids(dataSet)
    }

    private func failure(_ message: String) -> ResultError { ResultError(.verificationFailed, message) }

    /// The frames of a slice are equal if every run of labels is set in its frame, and nothing else is.
    private func compareSlice(_ slice: Int, of file: DICOMFile) throws {
        let labels = segmentation.labels
        var runs = [[LabelRun]](repeating: [], count: segmentation.segments.count + 1)
        labels.forEachRun(inSlice: slice) { runs[$0.label].append($0) }
        for index in framesBySlice[slice] ?? [] {
            let frame = frames[index]
            let isEqual = try file.withBitFrame(index) { bytes, firstBit in
                let bits = firstBit..<firstBit + labels.size.planeCount
                return Self.countBits(bits, in: bytes) == occupancy.area(of: frame).count
                    && runs[frame.segment].allSatisfy { run in
                        let first = firstBit + run.j * labels.size.width + run.i
                        return Self.countBits(first..<first + run.length, in: bytes) == run.length
                    }
            }
            if !isEqual { throw failure("frame \(index + 1) of the written segmentation differs from the mask") }
        }
    }

    /// How many bits of a range are set; bits count from the lowest of the first byte.
    private static func countBits(_ bits: Range<Int>, in bytes: UnsafeRawBufferPointer) -> Int {
        let (first, last) = (bits.lowerBound / 8, (bits.upperBound - 1) / 8)
        let head = UInt8.max << (bits.lowerBound % 8)
        let tail = UInt8.max >> (7 - (bits.upperBound - 1) % 8)
        if first == last { return (bytes[first] & head & tail).nonzeroBitCount }
        var count = (bytes[first] & head).nonzeroBitCount + (bytes[last] & tail).nonzeroBitCount
        var index = first + 1
        while index + 8 <= last {
            count += bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self).nonzeroBitCount
            index += 8
        }
        while index < last {
            count += bytes[index].nonzeroBitCount
            index += 1
        }
        return count
    }

    /// Every segment's centroid, placed by what the file says, must be where the source's grid has it.
    ///
    /// A mirrored orientation or swapped spacing leaves all frames equal and shows here.
    private func compareCentroids(_ dataSet: DataSet) throws {
        let items = dataSet.items(.perFrameFunctionalGroupsSequence)
        guard items.count == frames.count, dataSet.int(.numberOfFrames) == frames.count,
            let plane = FilePlane(dataSet)
        else { throw failure("the written segmentation has lost its functional groups") }
        var written = [VectorMM](repeating: VectorMM(x: 0, y: 0, z: 0), count: segmentation.segments.count)
        var expected = written
        let spacing = segmentation.grid.geometry.spacing
        var counts = [Int](repeating: 0, count: written.count)
        for (frame, item) in zip(frames, items) {
            let segment = item.items(.segmentIdentificationSequence).first?.int(.referencedSegmentNumber)
            let position = item.items(.planePositionSequence).first?.doubles(.imagePositionPatient) ?? []
            guard segment == frame.segment, position.count == 3 else {
                throw failure("a frame of the written segmentation names another segment or has no position")
            }
            let area = occupancy.area(of: frame)
            let origin = VectorMM(x: position[0], y: position[1], z: position[2])
            written[frame.segment - 1] = written[frame.segment - 1] + plane.sum(area, origin: origin)
            expected[frame.segment - 1] = expected[frame.segment - 1] + gridSum(area, slice: frame.slice)
            counts[frame.segment - 1] += area.count
        }
        for (index, count) in counts.enumerated() {
            // Cosines rounded to a few decimals move voxels by hundredths of a millimetre, a mirrored axis by far more.
            let distance = ((written[index] - expected[index]) * (1 / Double(count))).length
            if !(distance < 0.25 * min(spacing.i, spacing.j)) {
                throw failure("the centroid of segment \(index + 1) has moved by \(decimal(distance, places: 3)) mm")
            }
        }
    }

    /// The sum of the positions of an area's voxels.
    private func gridSum(_ area: SegmentOccupancy.Area, slice: Int) -> VectorMM {
        let grid = segmentation.grid
        let origin = grid.stack.origins[slice] - PointMM(x: 0, y: 0, z: 0)
        return origin * Double(area.count) + grid.geometry.iDirection * (grid.geometry.spacing.i * Double(area.sumI))
            + grid.geometry.jDirection * (grid.geometry.spacing.j * Double(area.sumJ))
    }
}

/// The steps from pixel to pixel that the shared functional groups of a file give.
private struct FilePlane {
    let iStep: VectorMM
    let jStep: VectorMM

    init?(_ dataSet: DataSet) {
        guard let shared = dataSet.items(.sharedFunctionalGroupsSequence).first,
            let cosines = shared.items(.planeOrientationSequence).first?.doubles(.imageOrientationPatient),
            let spacing = shared.items(.pixelMeasuresSequence).first?.doubles(.pixelSpacing),
            cosines.count == 6, spacing.count == 2
        else { return nil }
        iStep = VectorMM(x: cosines[0], y: cosines[1], z: cosines[2]) * spacing[1]
        jStep = VectorMM(x: cosines[3], y: cosines[4], z: cosines[5]) * spacing[0]
    }

    func sum(_ area: SegmentOccupancy.Area, origin: VectorMM) -> VectorMM {
        origin * Double(area.count) + iStep * Double(area.sumI) + jStep * Double(area.sumJ)
    }
}
