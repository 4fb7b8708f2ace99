public import Geometry

/// The permutation and flips that bring a grid's axes to the nearest patient axes: x to the left, y to the back,
/// z to the head. No voxel is interpolated, so that `restored` undoes `reoriented` exactly.
public struct AxisOrientation: Sendable, Hashable {
    /// The grid as it is.
    public let source: GridGeometry
    /// The same voxels with the axes in LPS order.
    public let target: GridGeometry
    /// For each target axis: which source axis it is (0, 1, 2 for i, j, k) and whether it runs backwards.
    public let axes: [SourceAxis]

    public struct SourceAxis: Sendable, Hashable {
        public let index: Int
        public let isReversed: Bool
    }

    /// Chooses the assignment of axes with the largest sum of cosines; oblique grids get the nearest axes.
    public init(nearestLPSOf geometry: GridGeometry) {
        let directions = [geometry.iDirection, geometry.jDirection, geometry.kDirection]
        let order = Self.nearestOrder(directions)
        axes = zip(order, 0..<3).map { source, patientAxis in
            SourceAxis(index: source, isReversed: directions[source].component(patientAxis) < 0)
        }
        source = geometry
        target = Self.target(of: geometry, axes: axes)
    }

    /// Whether the grid is in LPS order already.
    public var isIdentity: Bool {
        axes == (0..<3).map { SourceAxis(index: $0, isReversed: false) }
    }

    /// For each patient axis, the source axis assigned to it. Equal sums keep the first order tried, the identity
    /// before all others.
    private static func nearestOrder(_ directions: [VectorMM]) -> [Int] {
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        func alignment(_ order: [Int]) -> Double {
            zip(order, 0..<3).reduce(0) { $0 + abs(directions[$1.0].component($1.1)) }
        }
        let rounding = 1e-9
        return orders.dropFirst().reduce(orders[0]) {
            alignment($1) > alignment($0) + rounding ? $1 : $0
        }
    }

    private static func target(of geometry: GridGeometry, axes: [SourceAxis]) -> GridGeometry {
        let counts = [geometry.size.width, geometry.size.height, geometry.size.depth]
        let spacings = [geometry.spacing.i, geometry.spacing.j, geometry.spacing.k]
        let directions = [geometry.iDirection, geometry.jDirection, geometry.kDirection]
        var first = [0, 0, 0]
        for axis in axes where axis.isReversed { first[axis.index] = counts[axis.index] - 1 }
        let turned = axes.map { $0.isReversed ? directions[$0.index] * -1 : directions[$0.index] }
        return GridGeometry(
            size: GridSize(
                width: counts[axes[0].index], height: counts[axes[1].index], depth: counts[axes[2].index]),
            spacing: SpacingMM(
                i: spacings[axes[0].index], j: spacings[axes[1].index], k: spacings[axes[2].index]),
            origin: geometry.position(VoxelIndex(i: first[0], j: first[1], k: first[2])),
            iDirection: turned[0], jDirection: turned[1], kDirection: turned[2])
    }
}

extension VectorMM {
    fileprivate func component(_ axis: Int) -> Double { [x, y, z][axis] }
}
