/// For each position of an axis after resampling: the two positions before it, and the weight of the second.
struct LinearMap {
    private(set) var lower: [Int]
    private(set) var upper: [Int]
    private(set) var weight: [Float]

    var count: Int { lower.count }

    /// - Parameter positions: fractional source positions; those outside of 0..<count take the nearest end.
    init(positions: [Double], count: Int) {
        precondition(count > 0, "an axis without voxels")
        let inside = positions.map { min(max($0, 0), Double(count - 1)) }
        lower = inside.map { min(Int($0), max(count - 2, 0)) }
        upper = lower.map { min($0 + 1, count - 1) }
        weight = zip(inside, lower).map { Float($0 - Double($1)) }
    }

    /// Resizing an axis from `count` to `newCount`. With `alignCorners` the first and last centres fall together,
    /// otherwise the outer faces of the first and last voxels do (the two conventions of PyTorch's `interpolate`).
    static func positions(from count: Int, to newCount: Int, alignCorners: Bool) -> [Double] {
        if alignCorners {
            let scale = newCount > 1 ? Double(count - 1) / Double(newCount - 1) : 0
            return (0..<newCount).map { Double($0) * scale }
        }
        let scale = Double(count) / Double(newCount)
        return (0..<newCount).map { (Double($0) + 0.5) * scale - 0.5 }
    }
}
