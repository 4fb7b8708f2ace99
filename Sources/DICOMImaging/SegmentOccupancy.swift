import Foundation
import Geometry
import Imaging

/// A frame of a segmentation: one segment (from 1) in one slice of the source.
struct SegmentFrame: Hashable {
    let segment: Int
    let slice: Int
}

/// How much of each segment lies in each slice.
struct SegmentOccupancy {
    /// The pixels of one segment in one slice: their number and the sums of their indices.
    struct Area {
        var count = 0
        var sumI = 0
        var sumJ = 0
    }

    private let sliceCount: Int
    private let segmentCount: Int
    /// Of segment s in slice k at `k * (segmentCount + 1) + s`; 0 stands for labels without segment.
    private let areas: [Area]

    /// - Returns: nil if there is a label above `segmentCount`.
    init?(_ labels: LabelMap, segmentCount: Int, threads: Int) {
        let size = labels.size
        let areas = [Area](unsafeUninitializedCapacity: size.depth * (segmentCount + 1)) { buffer, count in
            buffer.initialize(repeating: Area())
            count = buffer.count
            // Sound because each thread writes the areas of its own slices only.
            nonisolated(unsafe) let target = buffer
            ForkJoin.run(count: size.depth, threads: threads) { slices in
                for k in slices {
                    labels.forEachRun(inSlice: k) { run in
                        let segment = run.label <= segmentCount ? run.label : 0
                        target[k * (segmentCount + 1) + segment].add(run)
                    }
                }
            }
        }
        guard (0..<size.depth).allSatisfy({ areas[$0 * (segmentCount + 1)].count == 0 }) else { return nil }
        sliceCount = size.depth
        self.segmentCount = segmentCount
        self.areas = areas
    }

    func area(of frame: SegmentFrame) -> Area { areas[frame.slice * (segmentCount + 1) + frame.segment] }

    var emptySegments: [Int] {
        (1...segmentCount).filter { segment in
            (0..<sliceCount).allSatisfy { area(of: SegmentFrame(segment: segment, slice: $0)).count == 0 }
        }
    }

    /// The frames to write, sorted by segment and slice: those with voxels, but two neighbouring slices at least for
    /// each segment (readers take the spacing of a single frame for 1 mm); or all.
    func frames(all: Bool) -> [SegmentFrame] {
        (1...segmentCount).flatMap { segment in
            let frames = (0..<sliceCount).map { SegmentFrame(segment: segment, slice: $0) }
            let occupied = frames.filter { all || area(of: $0).count > 0 }.map(\.slice)
            return withNeighbour(occupied).map { frames[$0] }
        }
    }

    private func withNeighbour(_ slices: [Int]) -> [Int] {
        guard slices.count == 1, let only = slices.first, sliceCount > 1 else { return slices }
        return only + 1 < sliceCount ? [only, only + 1] : [only - 1, only]
    }
}

extension SegmentOccupancy.Area {
    fileprivate mutating func add(_ run: LabelRun) {
        count += run.length
        sumI += (2 * run.i + run.length - 1) * run.length / 2
        sumJ += run.j * run.length
    }
}

/// Equal labels beside each other in a row.
struct LabelRun {
    let label: Int
    /// The first pixel.
    let i: Int
    let j: Int
    let length: Int
}

extension LabelMap {
    /// Calls `body` for every run of a label other than 0.
    func forEachRun(inSlice k: Int, _ body: (LabelRun) -> Void) {
        labels.withUnsafeBufferPointer { labels in
            for j in 0..<size.height {
                let first = size.width * (j + size.height * k)
                let row = UnsafeBufferPointer(rebasing: labels[first..<first + size.width])
                var start = 0
                while start < row.count {
                    let label = row[start]
                    let end = Self.endOfRun(from: start, in: row)
                    if label != 0 { body(LabelRun(label: Int(label), i: start, j: j, length: end - start)) }
                    start = end
                }
            }
        }
    }

    /// Four labels at a time, since runs are long.
    private static func endOfRun(from start: Int, in row: UnsafeBufferPointer<UInt16>) -> Int {
        let label = row[start]
        let four = UInt64(label) * 0x0001_0001_0001_0001
        let bytes = UnsafeRawBufferPointer(row)
        var end = start + 1
        while end + 4 <= row.count, bytes.loadUnaligned(fromByteOffset: 2 * end, as: UInt64.self) == four { end += 4 }
        while end < row.count && row[end] == label { end += 1 }
        return end
    }
}
