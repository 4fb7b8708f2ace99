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

    func verify(_ url: URL) throws {
        let failed = Mutex<(any Error)?>(nil)
        ForkJoin.run(count: frames.count, threads: segmentation.threads) { range in
            do {
                let file = try DICOMFile(reading: url)
                if range.lowerBound == 0 { try verifyHeader(file.dataSet) }
                for index in range { try compareFrame(index, of: file) }
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

    /// Equal if each bit that is set lies on the segment's label and there are as many of them as voxels.
    private func compareFrame(_ index: Int, of file: DICOMFile) throws {
        let pixels = segmentation.labels.size.planeCount
        let frame = frames[index]
        let count = try file.withBitFrame(index) { bytes, firstBit in
            segmentation.labels.labels.withUnsafeBufferPointer { labels in
                let slice = UnsafeBufferPointer(rebasing: labels[frame.slice * pixels..<(frame.slice + 1) * pixels])
                return Self.countBits(bytes, firstBit: firstBit, on: slice, label: UInt16(frame.segment))
            }
        }
        if count != occupancy.area(of: frame).count {
            throw failure("frame \(index + 1) of the written segmentation differs from the mask")
        }
    }

    /// - Returns: the number of bits set among the slice's pixels; nil if one of them has another label.
    private static func countBits(
        _ bytes: UnsafeRawBufferPointer, firstBit: Int, on slice: UnsafeBufferPointer<UInt16>, label: UInt16
    ) -> Int? {
        var count = 0
        for index in stride(from: 0, to: bytes.count, by: 8) {
            var bits = word(bytes, at: index)
            // The first and the last bits may be those of another frame.
            let first = index * 8 - firstBit
            if first < 0 { bits &= .max << -first }
            if first + 64 > slice.count { bits &= .max >> (first + 64 - slice.count) }
            while bits != 0 {
                let start = bits.trailingZeroBitCount
                let end = start + (~(bits >> start)).trailingZeroBitCount
                var difference: UInt16 = 0
                for pixel in first + start..<first + end { difference |= slice[pixel] ^ label }
                guard difference == 0 else { return nil }
                count += end - start
                bits &= .max << end
            }
        }
        return count
    }

    /// Eight bytes from `index` on, the first lowest; zeros beyond the end.
    private static func word(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt64 {
        if index + 8 <= bytes.count {
            return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        }
        return bytes[index...].reversed().reduce(0) { $0 << 8 | UInt64($1) }
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
