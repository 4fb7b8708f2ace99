import Geometry
import Imaging
import Testing

@Suite struct GridResamplingTests {
    static let newSizes = [(10, 6, 4), (5, 3, 2), (3, 7, 1), (1, 1, 5), (9, 11, 13)].map {
        GridSize(width: $0.0, height: $0.1, depth: $0.2)
    }

    @Test("Trilinear resampling is the product of three linear ones", arguments: newSizes, [true, false])
    func trilinear(_ newSize: GridSize, _ alignCorners: Bool) {
        var random = SplitMix64(seed: 4)
        let size = GridSize(width: 5, height: 3, depth: 2)
        let grid = Grid(size: size, elements: random.values(size.count, in: -5...5))
        let result = grid.resampledTrilinear(to: newSize, alignCorners: alignCorners, threads: 2)
        for index in newSize.indices {
            let position = (
                Self.source(index.i, newSize.width, size.width, alignCorners),
                Self.source(index.j, newSize.height, size.height, alignCorners),
                Self.source(index.k, newSize.depth, size.depth, alignCorners)
            )
            #expect(abs(Double(result[index]) - Self.interpolate(grid, position)) < 1e-5)
        }
    }

    @Test("Doubling with aligned corners takes the steps of the published network: i (n - 1) / (2 n - 1)")
    func alignedDoubling() {
        let grid = Grid<Float>(size: GridSize(width: 4, height: 1, depth: 1), elements: [0, 1, 2, 3])
        let result = grid.resampledTrilinear(to: GridSize(width: 8, height: 1, depth: 1), alignCorners: true)
        for i in 0..<8 { #expect(abs(result[i, 0, 0] - Float(i) * 3 / 7) < 1e-6) }
    }

    @Test("Nearest resampling up and down by whole factors repeats and picks voxels")
    func nearest() {
        let grid = Grid<UInt16>(size: GridSize(width: 3, height: 1, depth: 1), elements: [7, 8, 9])
        let up = grid.resampledNearest(to: GridSize(width: 6, height: 2, depth: 1))
        #expect(up.elements == [7, 7, 8, 8, 9, 9, 7, 7, 8, 8, 9, 9])
        #expect(up.resampledNearest(to: grid.size) == grid)
    }

    @Test("A resized geometry keeps its outer faces")
    func geometry() {
        let geometry = GridGeometry(
            size: GridSize(width: 10, height: 10, depth: 4), spacing: SpacingMM(i: 1, j: 1, k: 3),
            origin: PointMM(x: 0, y: 0, z: 0))
        let resized = geometry.resized(to: GridSize(width: 5, height: 20, depth: 4))
        #expect(resized.spacing == SpacingMM(i: 2, j: 0.5, k: 3))
        #expect(resized.origin == PointMM(x: 0.5, y: -0.25, z: 0))
        #expect(resized.extentMM == geometry.extentMM)
        #expect(resized.centre == geometry.centre)
    }

    private static func source(_ n: Int, _ newCount: Int, _ count: Int, _ alignCorners: Bool) -> Double {
        let position =
            alignCorners
            ? (newCount > 1 ? Double(n) * Double(count - 1) / Double(newCount - 1) : 0)
            : (Double(n) + 0.5) * Double(count) / Double(newCount) - 0.5
        return min(max(position, 0), Double(count - 1))
    }

    private static func interpolate(_ grid: Grid<Float>, _ position: (Double, Double, Double)) -> Double {
        grid.size.indices.reduce(0) { sum, index in
            let weights = [
                (position.0, index.i), (position.1, index.j), (position.2, index.k),
            ].map { max(0, 1 - abs($0.0 - Double($0.1))) }
            return sum + Double(grid[index]) * weights[0] * weights[1] * weights[2]
        }
    }
}

@Suite struct SliceResamplingTests {
    private let resampling = SliceResampling(positionsMM: [10, 12, 14, 19, 24])

    private func volume(_ values: [Float], padding: [UInt8]? = nil) -> Volume {
        let geometry = GridGeometry(
            size: GridSize(width: 1, height: 1, depth: values.count), spacing: SpacingMM(i: 1, j: 1, k: 99),
            origin: PointMM(x: 0, y: 0, z: 10))
        return Volume(
            geometry: geometry, voxels: values, unit: .hounsfield,
            padding: padding.map { Mask(size: geometry.size, elements: $0) })
    }

    @Test("Values between uneven slices are linear in position")
    func linear() {
        let result = resampling.resampled(volume([0, 2, 4, 9, 14]))
        #expect(result.voxels == [0, 2, 4, 6, 8, 10, 12, 14])
        #expect(result.geometry.spacing.k == 2)
        #expect(result.geometry.origin == PointMM(x: 0, y: 0, z: 10))
        #expect(result.padding == nil)
    }

    @Test("Padding is not mixed into values: the nearer slice decides")
    func padding() {
        let result = resampling.resampled(volume([0, 2, -1024, 9, 14], padding: [0, 0, 1, 0, 0]))
        #expect(result.voxels == [0, 2, -1024, -1024, 9, 10, 12, 14])
        #expect(result.padding?.elements == [0, 0, 1, 1, 0, 0, 0, 0])
    }

    @Test("Labels go back to the nearest regular slice")
    func labelsBack() {
        let regular = resampling.resampled(volume([0, 2, 4, 9, 14]))
        let map = LabelMap(geometry: regular.geometry, labels: [0, 1, 2, 3, 4, 5, 6, 7])
        let source = volume([0, 0, 0, 0, 0]).geometry
        let restored = resampling.restored(map, on: source)
        // 9 mm lies in the middle of the slices at 8 and 10 mm.
        #expect(restored.labels == [0, 1, 2, 5, 7])
        #expect(restored.geometry == source)
        let mask = Mask(size: map.size, elements: [1, 0, 1, 0, 0, 1, 0, 1])
        #expect(resampling.restored(mask).elements == [1, 0, 1, 1, 1])
    }

    @Test("A wider spacing stops at the last slice that it reaches")
    func widerSpacing() {
        let coarse = SliceResampling(positionsMM: [0, 1, 2, 3, 4], spacingMM: 1.5)
        #expect(coarse.regularCount == 3)
        #expect(coarse.resampled(volume([0, 1, 2, 3, 4])).voxels == [0, 1.5, 3])
    }
}

@Suite struct SliceShearTests {
    private let plane = GridGeometry(
        size: GridSize(width: 4, height: 6, depth: 5), spacing: SpacingMM(i: 1, j: 2, k: 3),
        origin: PointMM(x: 0, y: 0, z: 0))

    /// Slices that move by `step` mm along j from one to the next.
    private func stack(step: Double) -> SliceStack {
        SliceStack(plane: plane, origins: (0..<5).map { PointMM(x: 0, y: Double($0) * step, z: Double($0) * 3) })
    }

    @Test("Straightened voxels lie where the tilted slices had them", arguments: [2.0, -2, 0.7, -1.3])
    func straightening(_ step: Double) throws {
        let stack = stack(step: step)
        let shear = SliceShear(stack)
        // An image that is linear in patient space is reproduced exactly by linear interpolation.
        let values = plane.size.indices.map { Float(stack.position($0).y * 3 + stack.position($0).x) }
        let result = shear.straightened(Volume(geometry: plane, voxels: values, unit: .arbitrary), threads: 2)
        #expect(result.geometry == shear.straight)
        let padding = try #require(result.padding)
        var measured = 0
        for index in result.size.indices where padding[index] == 0 {
            let point = result.geometry.position(index)
            let row = (point.y - Double(index.k) * step) / 2
            #expect(row > -0.51 && row < 5.51)
            if row >= 0 && row <= 5 {
                #expect(abs(Double(result.grid[index]) - (point.y * 3 + point.x)) < 1e-4)
            }
            measured += 1
        }
        #expect(measured >= 5 * 4 * 5)
    }

    @Test("Masks go there and back")
    func restoring() {
        let shear = SliceShear(stack(step: 1.4))
        var random = SplitMix64(seed: 5)
        let mask = random.mask(plane.size, density: 0.5)
        let volume = Volume(geometry: plane, voxels: mask.elements.map { Float($0) }, unit: .arbitrary)
        let straight = shear.straightened(volume)
        // Whole-pixel shifts only: the nearest voxel of the way back is the one that the way there used.
        let whole = SliceShear(stack(step: 4))
        let moved = whole.straightened(volume)
        let labels = LabelMap(geometry: moved.geometry, labels: moved.voxels.map { UInt16($0) })
        #expect(whole.restored(labels, on: plane).labels == mask.elements.map { UInt16($0) })
        let full = Mask(size: straight.size, repeating: 1)
        #expect(shear.restored(full) == Mask(size: plane.size, repeating: 1))
    }

    @Test("Padding stays out of interpolation")
    func padding() throws {
        let shear = SliceShear(stack(step: 0.8))
        var padding = Mask(size: plane.size, repeating: 0)
        for index in plane.size.indices where index.j < 2 { padding[index] = 1 }
        let values = padding.elements.map { Float($0 == 1 ? -1024 : 50) }
        let result = shear.straightened(
            Volume(geometry: plane, voxels: values, unit: .hounsfield, padding: padding))
        #expect(Set(result.voxels) == [-1024, 50])
        let mask = try #require(result.padding)
        #expect(zip(result.voxels, mask.elements).allSatisfy { ($0 == -1024) == ($1 == 1) })
    }
}
