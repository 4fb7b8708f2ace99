/// Parallel slices where they were acquired: their distances may vary, and they may be shifted in their plane
/// (gantry tilt). A regular grid is the special case of equal steps along the normal.
public struct SliceStack: Hashable, Sendable, Codable {
    public let columns: Int
    public let rows: Int
    /// Distances of pixel centres in mm along a row (i) and along a column (j).
    public let spacingI: Double
    public let spacingJ: Double
    /// Unit vectors along increasing i and j.
    public let iDirection: VectorMM
    public let jDirection: VectorMM
    /// The centre of pixel (0, 0) of each slice, ascending along the normal.
    public let origins: [PointMM]
    /// The thickness of the slice where the stack has only one.
    public let singleSliceThicknessMM: Double

    /// - Parameters:
    ///   - plane: size (width and height), spacing and directions of every slice; `spacing.k` serves a single slice.
    ///   - origins: at least one, in strictly ascending order along the normal i x j.
    public init(plane: GridGeometry, origins: [PointMM]) {
        precondition(!origins.isEmpty, "a stack of no slices")
        columns = plane.size.width
        rows = plane.size.height
        spacingI = plane.spacing.i
        spacingJ = plane.spacing.j
        iDirection = plane.iDirection
        jDirection = plane.jDirection
        singleSliceThicknessMM = plane.spacing.k
        self.origins = origins
        precondition(zip(positionsMM, positionsMM.dropFirst()).allSatisfy(<), "slices not in order along the normal")
    }

    /// The slices of a regular grid whose axes are right-handed, in order along the normal.
    public init(_ grid: GridGeometry) {
        self.init(plane: grid, origins: (0..<grid.size.depth).map { grid.position(VoxelIndex(i: 0, j: 0, k: $0)) })
    }

    public var normal: VectorMM { iDirection.cross(jDirection) }

    /// The distance of each slice from the first along the normal.
    public var positionsMM: [Double] { origins.map { ($0 - origins[0]).dot(normal) } }

    /// What each slice stands for along the normal: half the distances to its neighbours; the outermost slices count
    /// as far outwards as inwards.
    public var thicknessesMM: [Double] {
        let positions = positionsMM
        guard positions.count > 1 else { return [singleSliceThicknessMM] }
        let gaps = zip(positions.dropFirst(), positions).map { $0 - $1 }
        return positions.indices.map { k in
            (gaps[max(k - 1, 0)] + gaps[min(k, gaps.count - 1)]) / 2
        }
    }

    /// The in-plane shift of each slice against the first, in mm along i and j; zero without gantry tilt.
    public var shiftsMM: [(i: Double, j: Double)] {
        origins.map { (($0 - origins[0]).dot(iDirection), ($0 - origins[0]).dot(jDirection)) }
    }

    /// The centre of a voxel.
    public func position(_ index: VoxelIndex) -> PointMM {
        origins[index.k] + iDirection * (Double(index.i) * spacingI) + jDirection * (Double(index.j) * spacingJ)
    }
}
