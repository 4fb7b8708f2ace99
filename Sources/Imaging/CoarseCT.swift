import Geometry

/// A CT volume averaged over blocks of voxels to about 1.5 mm: enough to find organs, an eighth of the work.
struct CoarseCT {
    /// Voxels of the volume per coarse voxel along i, j and k; the last block of an axis may be smaller.
    let factors: (i: Int, j: Int, k: Int)
    let spacing: SpacingMM
    /// The mean HU of each block.
    let values: Grid<Float>
    /// Blocks in which nothing was measured.
    let padding: Mask

    var size: GridSize { values.size }

    /// Coarse voxels are not larger than this, unless the volume's are.
    private static let maximumSpacingMM = 1.9
    /// Air is not below this; what is, was not measured, whether the header says so or not.
    private static let paddingHU: Float = -1020

    init(_ volume: Volume, threads: Int) {
        let spacing = volume.geometry.spacing
        func factor(_ spacing: Double) -> Int { max(1, Int(Self.maximumSpacingMM / spacing)) }
        let factors = (i: factor(spacing.i), j: factor(spacing.j), k: factor(spacing.k))
        self.factors = factors
        self.spacing = SpacingMM(
            i: spacing.i * Double(factors.i), j: spacing.j * Double(factors.j), k: spacing.k * Double(factors.k))
        let size = GridSize(
            width: (volume.size.width + factors.i - 1) / factors.i,
            height: (volume.size.height + factors.j - 1) / factors.j,
            depth: (volume.size.depth + factors.k - 1) / factors.k)
        var padding = Mask(size: size, repeating: 0)
        let values = padding.elements.withUnsafeMutableBufferPointer { padding in
            [Float](unsafeUninitializedCapacity: size.count) { values, count in
                volume.voxels.withUnsafeBufferPointer { voxels in
                    ForkJoin.run(count: size.height * size.depth, threads: threads) { rows in
                        var blocks = BlockRow(width: volume.size.width)
                        for row in rows {
                            blocks.gather(row, of: voxels, size: volume.size, factors: factors, height: size.height)
                            for i in 0..<size.width {
                                let block = blocks.block(i, factor: factors.i)
                                values[row * size.width + i] = block.mean
                                padding[row * size.width + i] = block.maximum <= Self.paddingHU ? 1 : 0
                            }
                        }
                    }
                }
                count = size.count
            }
        }
        self.values = Grid(size: size, elements: values)
        self.padding = padding
    }

    /// A coarse mask on the volume's grid.
    func refined(_ mask: Mask, to size: GridSize, threads: Int) -> Mask {
        let elements = [UInt8](unsafeUninitializedCapacity: size.count) { result, count in
            ForkJoin.run(count: mask.size.height * mask.size.depth, threads: threads) { rows in
                var wide = [UInt8](repeating: 0, count: mask.size.width * factors.i)
                for row in rows {
                    for i in 0..<mask.size.width {
                        let value = mask.elements[row * mask.size.width + i]
                        for n in 0..<factors.i { wide[i * factors.i + n] = value }
                    }
                    for k in fine(row / mask.size.height, factors.k, size.depth) {
                        for j in fine(row % mask.size.height, factors.j, size.height) {
                            let start = size.offset(VoxelIndex(i: 0, j: j, k: k))
                            _ = UnsafeMutableBufferPointer(rebasing: result[start..<start + size.width])
                                .update(fromContentsOf: wide[..<size.width])
                        }
                    }
                }
            }
            count = size.count
        }
        return Mask(size: size, elements: elements)
    }

    /// The positions of the volume that make up a coarse one.
    private func fine(_ coarse: Int, _ factor: Int, _ count: Int) -> Range<Int> {
        coarse * factor..<min((coarse + 1) * factor, count)
    }
}

/// The sums and maxima over the rows of the volume that make up one row of blocks.
private struct BlockRow {
    private var sums: [Float]
    private var maxima: [Float]
    private var rowCount: Float = 0

    init(width: Int) {
        sums = [Float](repeating: 0, count: width)
        maxima = sums
    }

    mutating func gather(
        _ row: Int, of voxels: UnsafeBufferPointer<Float>, size: GridSize, factors: (i: Int, j: Int, k: Int),
        height: Int
    ) {
        let rows = row % height * factors.j..<min(row % height * factors.j + factors.j, size.height)
        let slices = row / height * factors.k..<min(row / height * factors.k + factors.k, size.depth)
        rowCount = Float(rows.count * slices.count)
        var isFirst = true
        for k in slices {
            for j in rows {
                let start = size.offset(VoxelIndex(i: 0, j: j, k: k))
                add(UnsafeBufferPointer(rebasing: voxels[start..<start + size.width]), isFirst: isFirst)
                isFirst = false
            }
        }
    }

    private mutating func add(_ row: UnsafeBufferPointer<Float>, isFirst: Bool) {
        sums.withUnsafeMutableBufferPointer { sums in
            maxima.withUnsafeMutableBufferPointer { maxima in
                if isFirst {
                    sums.update(repeating: 0)
                    maxima.update(repeating: -.infinity)
                }
                for i in 0..<row.count {
                    // Padding far below air must not weigh on a block that holds some.
                    let value = row[i] > -1024 ? row[i] : -1024
                    sums[i] += value
                    maxima[i] = value > maxima[i] ? value : maxima[i]
                }
            }
        }
    }

    func block(_ i: Int, factor: Int) -> (mean: Float, maximum: Float) {
        let end = min((i + 1) * factor, sums.count)
        var (sum, maximum) = (Float(0), -Float.infinity)
        var n = i * factor
        while n < end {
            sum += sums[n]
            maximum = maxima[n] > maximum ? maxima[n] : maximum
            n += 1
        }
        return (sum / (rowCount * Float(end - i * factor)), maximum)
    }
}
