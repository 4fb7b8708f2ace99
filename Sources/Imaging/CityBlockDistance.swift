import Geometry

/// Weighted city-block distances up to 254, in place, by one forward and one backward sweep per axis.
///
/// `n` iterations of a binary dilation with the 6-neighbour cross reach exactly the voxels within city-block
/// distance `n`; weights other than 1 give the same for grids whose voxels differ in size.
struct CityBlockDistance {
    /// Steps along i, j and k; an axis whose step is `closed` is not walked along.
    let weights: (i: UInt8, j: UInt8, k: UInt8)
    let threads: Int

    /// The largest distance that can be asked for.
    static let limit = 254
    static let closed: UInt8 = 255

    /// Turns 0 (at the object) and 255 (elsewhere) into distances to the object.
    func transform(_ distances: inout Grid<UInt8>) {
        let size = distances.size
        distances.elements.withUnsafeMutableBufferPointer { elements in
            guard let base = elements.baseAddress else { return }
            ForkJoin.run(count: size.depth, threads: threads) { slices in
                var scratch = [UInt8](repeating: 0, count: size.width)
                for k in slices {
                    let slice = base + k * size.planeCount
                    for j in 0..<size.height where weights.i != Self.closed {
                        spreadAlongRow(slice + j * size.width, &scratch)
                    }
                    sweepLines(slice, length: size.width, stride: size.width, count: size.height, weight: weights.j)
                }
            }
            // Each thread owns a band of every slice.
            ForkJoin.run(count: size.height, threads: threads) { rows in
                sweepLines(
                    base + rows.lowerBound * size.width, length: rows.count * size.width, stride: size.planeCount,
                    count: size.depth, weight: weights.k)
            }
        }
    }

    /// Forwards and backwards over `count` lines that lie `stride` apart.
    private func sweepLines(
        _ first: UnsafeMutablePointer<UInt8>, length: Int, stride: Int, count: Int, weight: UInt8
    ) {
        guard weight != Self.closed else { return }
        for line in Swift.stride(from: 1, to: count, by: 1) {
            Self.relax(first + line * stride, from: first + (line - 1) * stride, count: length, weight: weight)
        }
        for line in Swift.stride(from: count - 2, through: 0, by: -1) {
            Self.relax(first + line * stride, from: first + (line + 1) * stride, count: length, weight: weight)
        }
    }

    /// target = min(target, source + weight) over a line, saturating; the compiler makes it SIMD.
    private static func relax(
        _ target: UnsafeMutablePointer<UInt8>, from source: UnsafeMutablePointer<UInt8>, count: Int, weight: UInt8
    ) {
        let highest = 255 - weight
        for n in 0..<count {
            target[n] = min(target[n], min(source[n], highest) &+ weight)
        }
    }

    /// From every voxel to those 1, 2, 4, ... away, both ways: together they reach any distance, and each step is SIMD
    /// where a sweep from voxel to voxel is not.
    private func spreadAlongRow(_ row: UnsafeMutablePointer<UInt8>, _ scratch: inout [UInt8]) {
        let count = scratch.count
        scratch.withUnsafeMutableBufferPointer { buffer in
            guard let old = buffer.baseAddress else { return }
            var step = 1
            while step < count, step * Int(weights.i) <= Self.limit {
                let weight = UInt8(step * Int(weights.i))
                old.update(from: row, count: count)
                Self.relax(row + step, from: old, count: count - step, weight: weight)
                Self.relax(row, from: old + step, count: count - step, weight: weight)
                step *= 2
            }
        }
    }
}
