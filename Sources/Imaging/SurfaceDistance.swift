public import Geometry

/// How far the surfaces of two regions lie apart.
///
/// The surface of a region are its voxels with a face to the outside; distances are between voxel centres.
public struct SurfaceDistance: Sendable, Hashable, Codable {
    /// Over the surface voxels of both regions: the distance to the other's surface.
    public let meanMM: Double
    /// The greater of both regions' 95th percentiles of these distances.
    public let percentile95MM: Double

    /// - Returns: nil if one of the regions is empty.
    public init?(_ first: Mask, _ second: Mask, spacing: SpacingMM) {
        precondition(first.size == second.size, "regions on different grids")
        guard let one = first.boundingBox, let other = second.boundingBox else { return nil }
        let box = one.union(other)
        let surfaces = [first.cropped(to: box).surface, second.cropped(to: box).surface]
        let distance = EuclideanDistance(spacing: spacing)
        let directed = [
            Self.distances(of: surfaces[0], to: distance.squared(to: surfaces[1])),
            Self.distances(of: surfaces[1], to: distance.squared(to: surfaces[0])),
        ]
        let all = directed[0] + directed[1]
        meanMM = all.reduce(0, +) / Double(all.count)
        percentile95MM = max(Self.percentile95(directed[0]), Self.percentile95(directed[1]))
    }

    /// Ascending.
    private static func distances(of surface: Mask, to squares: Grid<Double>) -> [Double] {
        zip(surface.elements, squares.elements).compactMap { $0 == 1 ? $1.squareRoot() : nil }.sorted()
    }

    /// The smallest distance that at least 95 % do not exceed.
    private static func percentile95(_ ascending: [Double]) -> Double {
        ascending[(ascending.count * 95 + 99) / 100 - 1]
    }
}

extension Mask {
    /// The voxels with a face to the outside; what lies beyond the grid is outside.
    fileprivate var surface: Mask {
        let inner = eroded(iterations: 1)
        return Mask(size: size, elements: zip(elements, inner.elements).map { $0 & ~$1 & 1 })
    }
}
