/// Linear interpolation between two lines of voxels that leaves padding out: where the nearer voxel is padding the
/// result is padding, and where only the farther one is, the nearer one counts alone.
struct PaddedBlend {
    let values: [Float]
    /// 1 where a value is padding; nil if none is.
    let padding: [UInt8]?
    let background: Float

    /// Two offsets into `values`, from each of which a line starts, and the weight of the second line.
    typealias Source = (near: Int, far: Int, weight: Float)

    /// `count` lines of `length` voxels, each blended from where `source` says.
    func lines(
        count lineCount: Int, length: Int, threads: Int, from source: (Int) -> Source
    ) -> (values: [Float], padding: [UInt8]?) {
        var blendedPadding: [UInt8]?
        if padding != nil { blendedPadding = [UInt8](repeating: 0, count: lineCount * length) }
        let blended = [Float](unsafeUninitializedCapacity: lineCount * length) { result, count in
            values.withUnsafeBufferPointer { values in
                ForkJoin.run(count: lineCount, threads: threads) { lines in
                    for line in lines {
                        let (near, far, weight) = source(line)
                        for n in 0..<length {
                            let value = values[near + n]
                            result[line * length + n] = value + (values[far + n] - value) * weight
                        }
                    }
                }
            }
            for line in 0..<lineCount {
                leaveOutPadding(&blendedPadding, result, line * length..<(line + 1) * length, source(line))
            }
            count = lineCount * length
        }
        return (blended, blendedPadding)
    }

    private func leaveOutPadding(
        _ blended: inout [UInt8]?, _ result: UnsafeMutableBufferPointer<Float>, _ line: Range<Int>, _ source: Source
    ) {
        guard let padding else { return }
        for n in 0..<line.count {
            let isPadding = (near: padding[source.near + n] != 0, far: padding[source.far + n] != 0)
            guard isPadding.near || isPadding.far else { continue }
            if source.weight < 0.5 ? isPadding.near : isPadding.far {
                result[line.lowerBound + n] = background
                blended?[line.lowerBound + n] = 1
            } else {
                result[line.lowerBound + n] = values[(isPadding.near ? source.far : source.near) + n]
            }
        }
    }
}
