import Geometry
import Imaging

/// Packs labels into the bits of a BINARY segmentation (PS3.5 §8.2, §D): least significant bit first, frames one after
/// another without padding between them.
struct SegmentPacking {
    let frames: [SegmentFrame]
    let labels: LabelMap

    /// - Parameter bytes: zeros; room for one bit per pixel and frame.
    func pack(into bytes: UnsafeMutableRawBufferPointer, threads: Int) {
        let pixels = labels.size.planeCount
        let segmentCount = frames.map(\.segment).max() ?? 0
        var frameIndices = [Int?](repeating: nil, count: labels.size.depth * segmentCount)
        for (index, frame) in frames.enumerated() {
            frameIndices[frame.slice * segmentCount + frame.segment - 1] = index
        }
        // Sound because the bytes of a frame belong to one slice, and a slice to one thread; where frames share bytes
        // there is one thread only.
        nonisolated(unsafe) let target = bytes
        let threads = pixels % 8 == 0 ? threads : 1
        ForkJoin.run(count: labels.size.depth, threads: threads) { slices in
            for k in slices {
                labels.forEachRun(inSlice: k) { run in
                    guard let frame = frameIndices[k * segmentCount + run.label - 1] else { return }
                    let first = frame * pixels + run.j * labels.size.width + run.i
                    Self.setBits(first..<first + run.length, in: target)
                }
            }
        }
    }

    private static func setBits(_ bits: Range<Int>, in bytes: UnsafeMutableRawBufferPointer) {
        let (first, last) = (bits.lowerBound / 8, (bits.upperBound - 1) / 8)
        let head = UInt8.max << (bits.lowerBound % 8)
        let tail = UInt8.max >> (7 - (bits.upperBound - 1) % 8)
        if first == last {
            bytes[first] |= head & tail
            return
        }
        bytes[first] |= head
        for index in first + 1..<last { bytes[index] = UInt8.max }
        bytes[last] |= tail
    }
}
