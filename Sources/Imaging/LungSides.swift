import Geometry

/// The surface between the lungs: for each slice, the column that parts left from right.
///
/// Looking at the lungs from the front, the mediastinum is the column that hides least lung; the surface is the path
/// from feet to head that meets least lung and moves at most one column per slice.
struct LungSides {
    /// For each slice k of the mask, the first column (i) of the left lung; i runs to the patient's left.
    let firstLeftColumn: [Int]

    init(_ lung: Mask) {
        let depths = Self.depthOfLung(lung)
        let candidates = Self.middleColumns(depths, size: lung.size)
        firstLeftColumn = Self.path(depths, size: lung.size, among: candidates)
    }

    /// The number of lung voxels behind each other at each (i, k).
    private static func depthOfLung(_ lung: Mask) -> [Int32] {
        var depths = [Int32](repeating: 0, count: lung.size.width * lung.size.depth)
        for k in 0..<lung.size.depth {
            for j in 0..<lung.size.height {
                let row = lung.size.offset(VoxelIndex(i: 0, j: j, k: k))
                for i in 0..<lung.size.width { depths[k * lung.size.width + i] += Int32(lung.elements[row + i]) }
            }
        }
        return depths
    }

    /// The middle half of the columns that hold lung.
    private static func middleColumns(_ depths: [Int32], size: GridSize) -> Range<Int> {
        let columns = (0..<size.width).filter { i in
            (0..<size.depth).contains { depths[$0 * size.width + i] > 0 }
        }
        guard let first = columns.first, let last = columns.last else { return 0..<size.width }
        let margin = (last - first) / 4
        return first + margin..<last - margin + 1
    }

    private static func path(_ depths: [Int32], size: GridSize, among columns: Range<Int>) -> [Int] {
        guard size.depth > 0, !columns.isEmpty else { return [] }
        let middle = (columns.lowerBound + columns.upperBound) / 2
        var costs = [Int64](repeating: 0, count: columns.count)
        var steps: [[Int8]] = []
        for k in 0..<size.depth {
            let below = costs
            var step = [Int8](repeating: 0, count: columns.count)
            for (n, i) in columns.enumerated() {
                let options = [0, -1, 1].filter { columns.indices.contains(columns.lowerBound + n + $0) }
                let best = options.reduce(0) { below[n + $1] < below[n + $0] ? $1 : $0 }
                step[n] = Int8(best)
                // The second term decides among columns without lung: near the middle.
                costs[n] = below[n + best] + Int64(depths[k * size.width + i]) * 64 + Int64(abs(i - middle))
            }
            steps.append(step)
        }
        var n = costs.indices.reduce(0) { costs[$1] < costs[$0] ? $1 : $0 }
        var path = [Int](repeating: 0, count: size.depth)
        for k in stride(from: size.depth - 1, through: 0, by: -1) {
            path[k] = columns.lowerBound + n
            n += Int(steps[k][n])
        }
        return path
    }
}
