import Geometry
import Testing

@Suite struct SliceStackTests {
    private let plane = GridGeometry(
        size: GridSize(width: 4, height: 3, depth: 1), spacing: SpacingMM(i: 1, j: 2, k: 5),
        origin: PointMM(x: 0, y: 0, z: 0))

    @Test("A regular grid is a stack of equal slices without shift")
    func regular() {
        var grid = plane
        grid.size.depth = 4
        let stack = SliceStack(grid)
        #expect(stack.positionsMM == [0, 5, 10, 15])
        #expect(stack.thicknessesMM == [5, 5, 5, 5])
        #expect(stack.shiftsMM.allSatisfy { $0 == (0, 0) })
        #expect(stack.position(VoxelIndex(i: 3, j: 2, k: 1)) == grid.position(VoxelIndex(i: 3, j: 2, k: 1)))
    }

    @Test("Thickness is half the distances to the neighbours")
    func variableSpacing() {
        let stack = SliceStack(plane: plane, origins: [0, 2.5, 5, 12.5].map { PointMM(x: 0, y: 0, z: $0) })
        #expect(stack.thicknessesMM == [2.5, 2.5, 5, 7.5])
    }

    @Test("A single slice has its nominal thickness")
    func singleSlice() {
        #expect(SliceStack(plane: plane, origins: [plane.origin]).thicknessesMM == [5])
    }

    @Test("Under gantry tilt the normal distance is less than the distance of origins, and the rest is shift")
    func tilt() {
        let origins = (0..<3).map { PointMM(x: 0, y: Double($0), z: Double($0) * 3) }
        let stack = SliceStack(plane: plane, origins: origins)
        #expect(stack.positionsMM == [0, 3, 6])
        #expect(stack.shiftsMM.map(\.i) == [0, 0, 0])
        #expect(stack.shiftsMM.map(\.j) == [0, 1, 2])
    }

    @Test("Slices out of order are a contract violation")
    func order() async {
        await #expect(processExitsWith: .failure) {
            let plane = GridGeometry(
                size: GridSize(width: 4, height: 3, depth: 1), spacing: SpacingMM(i: 1, j: 2, k: 5),
                origin: PointMM(x: 0, y: 0, z: 0))
            _ = SliceStack(plane: plane, origins: [1, 0].map { PointMM(x: 0, y: 0, z: $0) })
        }
    }
}
