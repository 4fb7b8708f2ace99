/// A regular, orthogonal voxel grid placed in the patient's LPS space.
public struct GridGeometry: Hashable, Sendable, Codable {
    public var size: GridSize
    public var spacing: SpacingMM
    /// The centre of voxel (0, 0, 0).
    public var origin: PointMM
    /// Unit vectors along increasing i, j and k.
    public var iDirection: VectorMM
    public var jDirection: VectorMM
    public var kDirection: VectorMM

    /// - Parameters: directions must be unit vectors, mutually perpendicular (the caller has checked the input's).
    public init(
        size: GridSize, spacing: SpacingMM, origin: PointMM, iDirection: VectorMM = VectorMM(x: 1, y: 0, z: 0),
        jDirection: VectorMM = VectorMM(x: 0, y: 1, z: 0), kDirection: VectorMM = VectorMM(x: 0, y: 0, z: 1)
    ) {
        self.size = size
        self.spacing = spacing
        self.origin = origin
        self.iDirection = iDirection
        self.jDirection = jDirection
        self.kDirection = kDirection
    }

    /// The centre of the voxel at fractional indices (i, j, k).
    public func position(i: Double, j: Double, k: Double) -> PointMM {
        origin + iDirection * (i * spacing.i) + jDirection * (j * spacing.j) + kDirection * (k * spacing.k)
    }

    public func position(_ index: VoxelIndex) -> PointMM {
        position(i: Double(index.i), j: Double(index.j), k: Double(index.k))
    }

    /// Fractional voxel indices of a point.
    public func indices(of point: PointMM) -> (i: Double, j: Double, k: Double) {
        let offset = point - origin
        return (
            offset.dot(iDirection) / spacing.i, offset.dot(jDirection) / spacing.j, offset.dot(kDirection) / spacing.k
        )
    }
}
