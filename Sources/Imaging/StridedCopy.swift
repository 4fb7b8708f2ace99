import Geometry

/// A copy of a grid with its axes permuted and flipped:
/// result (i, j, k) = source element `start + i * strides[0] + j * strides[1] + k * strides[2]`.
struct StridedCopy {
    /// The size of the result.
    let size: GridSize
    let start: Int
    let strides: [Int]

    /// Elements per side of a block: 64 floats are four cache lines of either grid.
    private static let blockSide = 64

    /// The permuted elements; `source` has as many as the result.
    func apply<Element: BitwiseCopyable>(_ source: [Element], threads: Int) -> [Element] {
        precondition(source.count == size.count, "a permutation keeps the number of voxels")
        guard size.count > 0 else { return [] }
        return [Element](unsafeUninitializedCapacity: size.count) { result, count in
            source.withUnsafeBufferPointer { input in
                if abs(strides[0]) == 1 {
                    copyRows(from: input, to: result, threads: threads)
                } else {
                    copyBlocks(from: input, to: result, threads: threads)
                }
            }
            count = size.count
        }
    }

    /// Rows stay rows, perhaps reversed.
    private func copyRows<Element: BitwiseCopyable>(
        from source: UnsafeBufferPointer<Element>, to result: UnsafeMutableBufferPointer<Element>, threads: Int
    ) {
        ForkJoin.run(count: size.height * size.depth, threads: threads) { rows in
            for row in rows {
                let first = start + (row % size.height) * strides[1] + (row / size.height) * strides[2]
                let target = row * size.width
                for i in 0..<size.width { result[target + i] = source[first + i * strides[0]] }
            }
        }
    }

    /// Rows become columns or stacks: copied in square blocks, so that both sides stay within the caches.
    private func copyBlocks<Element: BitwiseCopyable>(
        from source: UnsafeBufferPointer<Element>, to result: UnsafeMutableBufferPointer<Element>, threads: Int
    ) {
        // The axis of the result along which the source is contiguous, and the third one.
        let inner = abs(strides[1]) == 1 ? 1 : 2
        let outer = 3 - inner
        let counts = [size.width, size.height, size.depth]
        let resultStrides = [1, size.width, size.planeCount]
        let bands = (counts[inner] + Self.blockSide - 1) / Self.blockSide
        ForkJoin.run(count: counts[outer] * bands, threads: threads) { range in
            for part in range {
                let plane = part / bands
                let from = part % bands * Self.blockSide
                let band = from..<min(from + Self.blockSide, counts[inner])
                let base = (source: start + plane * strides[outer], result: plane * resultStrides[outer])
                for low in stride(from: 0, to: size.width, by: Self.blockSide) {
                    for i in low..<min(low + Self.blockSide, size.width) {
                        for u in band {
                            result[base.result + i + u * resultStrides[inner]] =
                                source[base.source + i * strides[0] + u * strides[inner]]
                        }
                    }
                }
            }
        }
    }
}
