import DICOMCore
import DICOMFile
import Foundation
import Geometry
import Imaging
import Synchronization

/// Decodes the slices of a stack into one array, in their order.
struct SliceDecoder: Sendable {
    let slices: [SliceHeader]
    let files: [URL]
    let grid: SourceGrid

    /// The decoded stack.
    struct Frames {
        var voxels: [Float]
        /// Nil where nothing is padding.
        var padding: Mask?
        /// CT values below -1100 HU, without a padding value that explains them, were clipped.
        var hasImplausibleAir = false
    }

    /// A slice that cannot be decoded.
    struct Failure: Error {
        let message: AssemblyMessage
    }

    private struct UnusableModalityLUT: Error {}

    /// Voxels outside of the scanner's field of view are marked so while they are decoded.
    private static let paddingMark = Float.nan

    func decode(_ threads: Int) throws(Failure) -> Frames {
        let size = grid.size
        let state = Mutex<State>(State())
        let voxels = [Float](unsafeUninitializedCapacity: size.count) { buffer, count in
            // Sound because each thread writes its own slices only.
            nonisolated(unsafe) let target = buffer
            ForkJoin.run(count: slices.count, threads: threads) { range in
                decode(range, into: target, state: state)
            }
            count = size.count
        }
        let end = state.withLock { $0 }
        if let failure = end.failure { throw failure }
        var frames = Frames(voxels: voxels, hasImplausibleAir: end.hasImplausibleAir)
        if end.hasPadding { frames.extractPadding(size: size, background: grid.unit.background) }
        return frames
    }

    private struct State {
        var failure: Failure?
        var hasPadding = false
        var hasImplausibleAir = false
    }

    private func decode(
        _ range: Range<Int>, into voxels: UnsafeMutableBufferPointer<Float>, state: borrowing Mutex<State>
    ) {
        var open: (index: Int, file: DICOMFile)?
        for k in range where state.withLock({ $0.failure == nil }) {
            let pixels = grid.size.planeCount
            let slice = UnsafeMutableBufferPointer(rebasing: voxels[k * pixels..<(k + 1) * pixels])
            do {
                let index = slices[k].fileIndex
                let file = try open?.index == index ? open!.file : DICOMFile(reading: files[index])
                open = (index, file)
                try decode(slices[k], of: file, into: slice, state: state)
            } catch {
                let message =
                    error is UnusableModalityLUT
                    ? AssemblyMessage(.unusableModalityLUT, "\(k + 1)")
                    : AssemblyMessage(.undecodable, "\(k + 1)", "\(error)")
                state.withLock { $0.failure = Failure(message: message) }
            }
        }
    }

    private func decode(
        _ header: SliceHeader, of file: DICOMFile, into slice: UnsafeMutableBufferPointer<Float>,
        state: borrowing Mutex<State>
    ) throws {
        let format = try file.pixelFormat()
        let padding = file.paddingValues(format).map { PixelPadding(storedValues: $0, replacement: Self.paddingMark) }
        let statistics = try file.decodeFrame(
            header.frameIndex, rescale: header.rescale, padding: padding, into: slice)
        if header.hasModalityLUT {
            guard let table = ModalityLUT(file.dataSet, isSigned: format.isSigned) else { throw UnusableModalityLUT() }
            table.apply(to: slice)
        }
        if statistics.paddingCount > 0 { state.withLock { $0.hasPadding = true } }
        if header.isCT, slice.contains(where: { $0 < -1100 }) {
            for index in slice.indices where slice[index] < -1024 { slice[index] = -1024 }
            state.withLock { $0.hasImplausibleAir = true }
        }
    }
}

extension SliceHeader {
    /// From stored values to those that are left to the modality LUT, if there is one.
    fileprivate var rescale: Rescale {
        hasModalityLUT ? .identity : Rescale(slope: rescaleSlope ?? 1, intercept: rescaleIntercept ?? 0)
    }
}

extension SliceDecoder {
    /// The stored values of one image, to compare two images with.
    static func storedValues(of header: SliceHeader, in url: URL) throws -> [Float] {
        let file = try DICOMFile(reading: url)
        return try [Float](unsafeUninitializedCapacity: header.rows * header.columns) { buffer, count in
            _ = try file.decodeFrame(header.frameIndex, rescale: .identity, padding: nil, into: buffer)
            count = buffer.count
        }
    }
}

extension SliceDecoder.Frames {
    /// Moves the marks into a mask and puts the background in their place.
    fileprivate mutating func extractPadding(size: GridSize, background: Float) {
        var mask = Mask(size: size, repeating: 0)
        for index in voxels.indices where voxels[index].isNaN {
            voxels[index] = background
            mask.elements[index] = 1
        }
        padding = mask
    }
}
