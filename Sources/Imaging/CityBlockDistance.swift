import Geometry

/// Weighted city-block distances up to 254, in place, by one forward and one backward sweep per axis.
///
/// `n` iterations of a binary dilation with the 6-neighbour cross reach exactly the voxels within city-block
/// distance `n`; weights other than 1 give the same for grids whose voxels differ in size.
struct CityBlockDistance {
    /// Steps along i, j and k; a distance above `limit` may come out as any value above it.
    let weights: (i: UInt8, j: UInt8, k: UInt8)
    let threads: Int

    /// The largest distance that can be asked for.
    static let limit = 254

    /// Turns 0 (at the object) and 255 (elsewhere) into distances to the object.
    func transform(_ distances: inout Grid<UInt8>) {
        let size = distances.size
        distances.elements.withUnsafeMutableBufferPointer { elements in
            ForkJoin.run(count: size.depth, threads: threads) { slices in
                for k in slices {
                    let first = k * size.planeCount
                    let slice = UnsafeMutableBufferPointer(rebasing: elements[first..<first + size.planeCount])
                    for j in 0..<size.height { sweepRow(slice, from: j * size.width, count: size.width) }
                    sweepLines(slice, length: size.width, count: size.height, weight: weights.j)
                }
            }
            sweepStack(elements, size: size)
        }
    }

    /// Along k, in bands of the plane: each thread owns its columns.
    private func sweepStack(_ elements: UnsafeMutableBufferPointer<UInt8>, size: GridSize) {
        ForkJoin.run(count: size.height, threads: threads) { rows in
            let band = rows.lowerBound * size.width..<rows.upperBound * size.width
            for k in stride(from: 1, to: size.depth, by: 1) {
                let line = k * size.planeCount + band.lowerBound
                relax(elements, line, from: line - size.planeCount, count: band.count, weight: weights.k)
            }
            for k in stride(from: size.depth - 2, through: 0, by: -1) {
                let line = k * size.planeCount + band.lowerBound
                relax(elements, line, from: line + size.planeCount, count: band.count, weight: weights.k)
            }
        }
    }

    private func sweepLines(_ slice: UnsafeMutableBufferPointer<UInt8>, length: Int, count: Int, weight: UInt8) {
        for line in stride(from: 1, to: count, by: 1) {
            relax(slice, line * length, from: (line - 1) * length, count: length, weight: weight)
        }
        for line in stride(from: count - 2, through: 0, by: -1) {
            relax(slice, line * length, from: (line + 1) * length, count: length, weight: weight)
        }
    }

    /// d[target] = min(d[target], d[source] + weight) over a line, saturating; the compiler makes it SIMD.
    private func relax(
        _ elements: UnsafeMutableBufferPointer<UInt8>, _ target: Int, from source: Int, count: Int, weight: UInt8
    ) {
        for n in 0..<count {
            let reached = elements[source + n]
            let stepped = reached > 255 - weight ? 255 : reached &+ weight
            elements[target + n] = min(elements[target + n], stepped)
        }
    }

    private func sweepRow(_ elements: UnsafeMutableBufferPointer<UInt8>, from start: Int, count: Int) {
        var running: UInt8 = 255
        for n in start..<start + count { running = step(&elements[n], running) }
        running = 255
        for n in stride(from: start + count - 1, through: start, by: -1) { running = step(&elements[n], running) }
    }

    private func step(_ element: inout UInt8, _ running: UInt8) -> UInt8 {
        let stepped = running > 255 - weights.i ? 255 : running &+ weights.i
        element = min(element, stepped)
        return element
    }
}
