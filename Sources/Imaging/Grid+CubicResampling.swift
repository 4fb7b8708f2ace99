public import Geometry

extension Grid where Element == Float {
    /// Resampling to another size by cubic splines, the centres of the outer voxels falling together: what SciPy's
    /// `ndimage.zoom(order=3)` does. An axis that keeps its size is left as it is.
    public func resampledCubic(to newSize: GridSize, threads: Int = 1) -> Grid<Float> {
        precondition(size.count > 0 && newSize.count > 0, "resampling of an empty grid")
        var result = self
        func resample(_ count: Int, _ newCount: Int, stride: Int, _ size: GridSize) {
            guard count != newCount else { return }
            let axis = CubicAxis(count: count, newCount: newCount, stride: stride)
            result = Grid(size: size, elements: axis.resampled(&result.elements, threads: threads))
        }
        // The axis that usually shrinks first.
        var reached = size
        reached.width = newSize.width
        resample(size.width, newSize.width, stride: 1, reached)
        reached.height = newSize.height
        resample(size.height, newSize.height, stride: reached.width, reached)
        resample(size.depth, newSize.depth, stride: reached.planeCount, newSize)
        return result
    }
}

/// Resampling of one axis of a dense array by the cubic spline through its values, mirrored at both ends.
private struct CubicAxis {
    let count: Int
    let newCount: Int
    /// The distance in memory of neighbours along the axis.
    let stride: Int

    /// The pole of the filter that takes values to the coefficients of cubic B-splines, and its gain (Unser 1993).
    private static let pole = Float(3.0.squareRoot() - 2)
    private static let gain: Float = 6
    /// Beyond so many voxels the filter's memory is below a float's resolution.
    private static let memory = 14

    /// - Parameter values: become the coefficients.
    func resampled(_ values: inout [Float], threads: Int) -> [Float] {
        let lines = values.count / (count * stride)
        let weights = (0..<newCount).map(weights)
        return values.withUnsafeMutableBufferPointer { values in
            let source = SharedPointer(base: values.baseAddress)
            return [Float](unsafeUninitializedCapacity: lines * newCount * stride) { result, written in
                let target = SharedPointer(base: result.baseAddress)
                // Parts of rows, so that there is work for every thread whatever the axis.
                let parts = Self.parts(stride)
                ForkJoin.run(count: lines * parts.count, threads: threads) { items in
                    for item in items {
                        let (line, part) = (item / parts.count, parts[item % parts.count])
                        guard let source = source.base, let target = target.base else { return }
                        let row = source + line * count * stride + part.lowerBound
                        filter(row, length: part.count)
                        interpolate(
                            row, weights, length: part.count, into: target + line * newCount * stride + part.lowerBound)
                    }
                }
                written = lines * newCount * stride
            }
        }
    }

    /// Ranges of a row of `stride` floats that stay in the cache with their neighbours along the axis.
    private static func parts(_ stride: Int) -> [Range<Int>] {
        let length = 512
        return Swift.stride(from: 0, to: stride, by: length).map { $0..<min($0 + length, stride) }
    }

    /// Values to coefficients, in place: for `length` neighbouring lines at once.
    private func filter(_ line: UnsafeMutablePointer<Float>, length: Int) {
        guard count > 1 else { return }
        let z = Self.pole, last = (count - 1) * stride
        for x in 0..<length {
            var sum = line[x], power = z
            for k in 1..<Self.memory {
                sum += power * line[mirrored(k) * stride + x]
                power *= z
            }
            line[x] = sum
        }
        for start in Swift.stride(from: stride, through: last, by: stride) {
            for x in 0..<length { line[start + x] += z * line[start - stride + x] }
        }
        let end = z / (z * z - 1)
        for x in 0..<length { line[last + x] = end * (line[last + x] + z * line[last - stride + x]) }
        for start in Swift.stride(from: last - stride, through: 0, by: -stride) {
            for x in 0..<length { line[start + x] = z * (line[start + stride + x] - line[start + x]) }
        }
    }

    private func interpolate(
        _ line: UnsafeMutablePointer<Float>, _ weights: [Weights], length: Int,
        into result: UnsafeMutablePointer<Float>
    ) {
        for (position, w) in weights.enumerated() {
            let (a, b) = (line + w.offsets[0] * stride, line + w.offsets[1] * stride)
            let (c, d) = (line + w.offsets[2] * stride, line + w.offsets[3] * stride)
            let target = result + position * stride
            for x in 0..<length {
                target[x] = (w.weights[0] * a[x] + w.weights[1] * b[x]) + (w.weights[2] * c[x] + w.weights[3] * d[x])
            }
        }
    }

    private struct Weights {
        let offsets: SIMD4<Int>
        let weights: SIMD4<Float>
    }

    /// The four coefficients around a position of the result and what each counts; the filter's gain is in them.
    private func weights(_ position: Int) -> Weights {
        let at = newCount > 1 ? Double(position) * Double(count - 1) / Double(newCount - 1) : 0
        let first = min(Int(at), count - 1), t = at - Double(first), u = 1 - t
        let b = SIMD4(u * u * u, 4 - 3 * t * t * (2 - t), 4 - 3 * u * u * (2 - u), t * t * t) / 6
        return Weights(
            offsets: SIMD4(mirrored(first - 1), first, mirrored(first + 1), mirrored(first + 2)),
            weights: SIMD4<Float>(b) * (count > 1 ? Self.gain : 1))
    }

    private func mirrored(_ index: Int) -> Int {
        guard count > 1 else { return 0 }
        let period = 2 * (count - 1), wrapped = (index % period + period) % period
        return min(wrapped, period - wrapped)
    }
}

private struct SharedPointer: @unchecked Sendable {
    // Unchecked: threads work on disjoint lines.
    let base: UnsafeMutablePointer<Float>?
}
