import Geometry
import Imaging
import Testing

@Suite struct AxisOrientationTests {
    /// One of the 48 ways to lay out patient axes: which axis i, j, k follow, and which of them run backwards.
    struct Layout: Sendable, CustomTestStringConvertible {
        let order: [Int]
        let signs: [Double]

        var testDescription: String { "\(order) \(signs)" }

        func geometry(_ size: GridSize) -> GridGeometry {
            let units = zip(order, signs).map { axis, sign in
                VectorMM(x: axis == 0 ? sign : 0, y: axis == 1 ? sign : 0, z: axis == 2 ? sign : 0)
            }
            return GridGeometry(
                size: size, spacing: SpacingMM(i: 0.5, j: 0.75, k: 2), origin: PointMM(x: 7, y: -30, z: 1000),
                iDirection: units[0], jDirection: units[1], kDirection: units[2])
        }
    }

    static let layouts: [Layout] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].flatMap { order in
        (0..<8).map { bits in Layout(order: order, signs: (0..<3).map { bits >> $0 & 1 == 1 ? -1 : 1 }) }
    }

    @Test("Each of the 48 layouts comes to LPS with every voxel where it was, and back", arguments: layouts)
    func allLayouts(_ layout: Layout) {
        for size in [GridSize(width: 3, height: 4, depth: 5), GridSize(width: 67, height: 5, depth: 65)] {
            let volume = Self.positionCoded(layout.geometry(size))
            let orientation = AxisOrientation(nearestLPSOf: volume.geometry)
            let turned = orientation.reoriented(volume, threads: 2)
            #expect(turned.geometry.iDirection == VectorMM(x: 1, y: 0, z: 0))
            #expect(turned.geometry.jDirection == VectorMM(x: 0, y: 1, z: 0))
            #expect(turned.geometry.kDirection == VectorMM(x: 0, y: 0, z: 1))
            #expect(turned.voxels == Self.positionCoded(turned.geometry).voxels)
            let restored = orientation.restored(turned)
            #expect(restored.geometry == volume.geometry)
            #expect(restored.voxels == volume.voxels)
        }
    }

    @Test("Labels and masks follow the volume", arguments: layouts)
    func labels(_ layout: Layout) {
        let geometry = layout.geometry(GridSize(width: 4, height: 3, depth: 6))
        let orientation = AxisOrientation(nearestLPSOf: geometry)
        let map = LabelMap(geometry: geometry, labels: (0..<72).map { UInt16($0) })
        let turned = orientation.reoriented(map)
        let volume = Volume(geometry: geometry, voxels: map.labels.map { Float($0) }, unit: .arbitrary)
        #expect(turned.labels.map { Float($0) } == orientation.reoriented(volume).voxels)
        #expect(orientation.restored(turned) == map)
        let mask = Mask(size: geometry.size, elements: (0..<72).map { $0 % 3 == 0 ? 1 : 0 })
        #expect(orientation.restored(orientation.reoriented(mask)) == mask)
        #expect(turned.grid[1, 2, 1] == map.grid[orientation.sourceIndex(of: VoxelIndex(i: 1, j: 2, k: 1))])
    }

    @Test("LPS order is left alone")
    func identity() {
        let geometry = GridGeometry(
            size: GridSize(width: 2, height: 2, depth: 2), spacing: SpacingMM(i: 1, j: 1, k: 1),
            origin: PointMM(x: 0, y: 0, z: 0))
        #expect(AxisOrientation(nearestLPSOf: geometry).isIdentity)
    }

    @Test("An oblique grid gets the nearest axes and keeps its obliqueness")
    func oblique() {
        // Coronal, tilted by 30 degrees about the patient's x axis, rows from head to feet.
        let (s, c) = (0.5, 0.75.squareRoot())
        let geometry = GridGeometry(
            size: GridSize(width: 4, height: 6, depth: 3), spacing: SpacingMM(i: 1, j: 2, k: 3),
            origin: PointMM(x: 1, y: 2, z: 3), iDirection: VectorMM(x: 1, y: 0, z: 0),
            jDirection: VectorMM(x: 0, y: s, z: -c), kDirection: VectorMM(x: 0, y: c, z: s))
        let orientation = AxisOrientation(nearestLPSOf: geometry)
        #expect(orientation.target.size == GridSize(width: 4, height: 3, depth: 6))
        #expect(orientation.target.spacing == SpacingMM(i: 1, j: 3, k: 2))
        #expect(orientation.target.jDirection == geometry.kDirection)
        #expect(orientation.target.kDirection == geometry.jDirection * -1)
        let volume = Self.positionCoded(geometry)
        #expect(orientation.reoriented(volume).voxels == Self.positionCoded(orientation.target).voxels)
    }

    /// Every voxel holds a number that only its place in patient space gives.
    private static func positionCoded(_ geometry: GridGeometry) -> Volume {
        let values = geometry.size.indices.map { index in
            let point = geometry.position(index)
            return Float((point.x * 4).rounded() + 1000 * (point.y * 4).rounded() + (point.z * 4).rounded() / 1000)
        }
        return Volume(geometry: geometry, voxels: values, unit: .arbitrary)
    }
}
