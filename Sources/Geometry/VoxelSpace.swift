/// The position of a voxel in its grid: i along columns (DICOM x), j along rows (y), k along slices.
public struct VoxelIndex: Hashable, Sendable, Codable {
    public var i: Int
    public var j: Int
    public var k: Int

    public init(i: Int, j: Int, k: Int) {
        self.i = i
        self.j = j
        self.k = k
    }
}

/// Voxels per axis; i is the fastest in memory: element (i, j, k) is at `i + width * (j + height * k)`.
public struct GridSize: Hashable, Sendable, Codable {
    /// Columns, the extent of i.
    public var width: Int
    /// Rows, the extent of j.
    public var height: Int
    /// Slices, the extent of k.
    public var depth: Int

    public init(width: Int, height: Int, depth: Int) {
        self.width = width
        self.height = height
        self.depth = depth
    }

    public var count: Int { width * height * depth }
    public var planeCount: Int { width * height }

    public func contains(_ index: VoxelIndex) -> Bool {
        index.i >= 0 && index.i < width && index.j >= 0 && index.j < height && index.k >= 0 && index.k < depth
    }

    /// Whether a box lies inside the grid as a whole.
    public func contains(_ box: VoxelBox) -> Bool {
        box.lower.i >= 0 && box.lower.j >= 0 && box.lower.k >= 0 && box.upper.i <= width && box.upper.j <= height
            && box.upper.k <= depth
    }

    public func offset(_ index: VoxelIndex) -> Int { index.i + width * (index.j + height * index.k) }
}

/// Distances between voxel centres in mm along i, j and k.
public struct SpacingMM: Hashable, Sendable, Codable {
    public var i: Double
    public var j: Double
    public var k: Double

    public init(i: Double, j: Double, k: Double) {
        self.i = i
        self.j = j
        self.k = k
    }

    public var voxelVolumeML: Double { i * j * k / 1000 }
}
