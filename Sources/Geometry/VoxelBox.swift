/// A box of voxels: `lower` inside, `upper` outside, so that `upper - lower` is the size.
public struct VoxelBox: Hashable, Sendable, Codable {
    public var lower: VoxelIndex
    public var upper: VoxelIndex

    /// - Parameters: `upper` is exclusive and must not be below `lower` on any axis.
    public init(lower: VoxelIndex, upper: VoxelIndex) {
        precondition(lower.i <= upper.i && lower.j <= upper.j && lower.k <= upper.k, "a box from upper to lower")
        self.lower = lower
        self.upper = upper
    }

    /// The whole grid.
    public init(_ size: GridSize) {
        self.init(
            lower: VoxelIndex(i: 0, j: 0, k: 0), upper: VoxelIndex(i: size.width, j: size.height, k: size.depth))
    }

    public var size: GridSize {
        GridSize(width: upper.i - lower.i, height: upper.j - lower.j, depth: upper.k - lower.k)
    }

    public var isEmpty: Bool { size.count == 0 }

    public func contains(_ index: VoxelIndex) -> Bool {
        index.i >= lower.i && index.i < upper.i && index.j >= lower.j && index.j < upper.j && index.k >= lower.k
            && index.k < upper.k
    }

    /// The box grown by a margin on every side and cut at the borders of a grid.
    public func expanded(by margin: Int, within grid: GridSize) -> VoxelBox {
        VoxelBox(
            lower: VoxelIndex(
                i: max(0, lower.i - margin), j: max(0, lower.j - margin), k: max(0, lower.k - margin)),
            upper: VoxelIndex(
                i: min(grid.width, upper.i + margin), j: min(grid.height, upper.j + margin),
                k: min(grid.depth, upper.k + margin)))
    }

    /// The smallest box that holds both.
    public func union(_ other: VoxelBox) -> VoxelBox {
        VoxelBox(
            lower: VoxelIndex(
                i: min(lower.i, other.lower.i), j: min(lower.j, other.lower.j), k: min(lower.k, other.lower.k)),
            upper: VoxelIndex(
                i: max(upper.i, other.upper.i), j: max(upper.j, other.upper.j), k: max(upper.k, other.upper.k)))
    }
}
