import Geometry
import Testing

@Suite struct GridGeometryTests {
    private let grid = GridGeometry(
        size: GridSize(width: 10, height: 8, depth: 6), spacing: SpacingMM(i: 0.5, j: 2, k: 3),
        origin: PointMM(x: -10, y: 20, z: 5), iDirection: VectorMM(x: 0, y: 1, z: 0),
        jDirection: VectorMM(x: 0, y: 0, z: -1), kDirection: VectorMM(x: -1, y: 0, z: 0))

    @Test("Indices of a voxel's position are the voxel again")
    func roundTrip() {
        let point = grid.position(VoxelIndex(i: 3, j: 4, k: 5))
        #expect(point == PointMM(x: -25, y: 21.5, z: -3))
        let indices = grid.indices(of: point)
        #expect(indices == (3, 4, 5))
    }

    @Test("A cropped grid places its voxels where they were")
    func cropping() {
        let box = VoxelBox(lower: VoxelIndex(i: 2, j: 3, k: 1), upper: VoxelIndex(i: 7, j: 4, k: 6))
        let cropped = grid.cropped(to: box)
        #expect(cropped.size == box.size)
        #expect(
            cropped.position(VoxelIndex(i: 4, j: 0, k: 4)) == grid.position(VoxelIndex(i: 6, j: 3, k: 5)))
    }

    @Test("Centre and extent count whole voxels")
    func extent() {
        #expect(grid.centre == grid.position(i: 4.5, j: 3.5, k: 2.5))
        #expect(grid.extentMM == SpacingMM(i: 5, j: 16, k: 18))
    }

    @Test("Grids coincide when every corner does")
    func coincidence() {
        var other = grid
        other.origin.x += 0.009
        #expect(grid.coincides(with: other, toleranceMM: 0.01))
        other.spacing.k += 0.005
        #expect(!grid.coincides(with: other, toleranceMM: 0.01))
        other = grid
        other.size.depth += 1
        #expect(!grid.coincides(with: other, toleranceMM: 0.01))
    }
}
