import Geometry
import Testing

@Suite struct VoxelBoxTests {
    private let box = VoxelBox(lower: VoxelIndex(i: 1, j: 2, k: 3), upper: VoxelIndex(i: 4, j: 4, k: 4))

    @Test("The upper corner is outside")
    func halfOpen() {
        #expect(box.size == GridSize(width: 3, height: 2, depth: 1))
        #expect(box.contains(VoxelIndex(i: 1, j: 2, k: 3)))
        #expect(!box.contains(VoxelIndex(i: 4, j: 2, k: 3)))
        #expect(!box.contains(VoxelIndex(i: 1, j: 4, k: 3)))
        #expect(!box.contains(VoxelIndex(i: 1, j: 2, k: 4)))
        #expect(!box.contains(VoxelIndex(i: 0, j: 2, k: 3)))
    }

    @Test("A margin is cut at the borders of the grid")
    func expansion() {
        let grid = GridSize(width: 5, height: 9, depth: 4)
        let expected = VoxelBox(lower: VoxelIndex(i: 0, j: 0, k: 1), upper: VoxelIndex(i: 5, j: 6, k: 4))
        #expect(box.expanded(by: 2, within: grid) == expected)
        #expect(grid.contains(expected))
        #expect(!GridSize(width: 5, height: 9, depth: 3).contains(expected))
    }

    @Test("A union holds both boxes and no more")
    func union() {
        let other = VoxelBox(lower: VoxelIndex(i: 2, j: 0, k: 3), upper: VoxelIndex(i: 3, j: 1, k: 9))
        #expect(
            box.union(other)
                == VoxelBox(lower: VoxelIndex(i: 1, j: 0, k: 3), upper: VoxelIndex(i: 4, j: 4, k: 9)))
    }

    @Test("An inverted box is a contract violation")
    func inverted() async {
        await #expect(processExitsWith: .failure) {
            _ = VoxelBox(lower: VoxelIndex(i: 1, j: 0, k: 0), upper: VoxelIndex(i: 0, j: 1, k: 1))
        }
    }
}
