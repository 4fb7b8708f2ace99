import Geometry
import Imaging
import Testing

@Suite struct MaskMorphologyTests {
    static let sizes = [(1, 1, 1), (9, 1, 3), (12, 9, 7)].map { GridSize(width: $0.0, height: $0.1, depth: $0.2) }

    @Test("Dilation is the iterated cross", arguments: sizes, [0, 1, 2, 5])
    func dilation(_ size: GridSize, _ iterations: Int) {
        var random = SplitMix64(seed: 1)
        let mask = random.mask(size, density: 0.03)
        let expected = (0..<iterations).reduce(mask) { mask, _ in Self.step(mask, outside: 0, any: true) }
        #expect(mask.dilated(iterations: iterations, threads: 2) == expected)
    }

    @Test("Erosion is the iterated cross, with either border value", arguments: sizes, [0, 1, 2, 5])
    func erosion(_ size: GridSize, _ iterations: Int) {
        var random = SplitMix64(seed: 2)
        let mask = random.mask(size, density: 0.97)
        for outside in [UInt8(0), 1] {
            let expected = (0..<iterations).reduce(mask) { mask, _ in Self.step(mask, outside: outside, any: false) }
            #expect(mask.eroded(iterations: iterations, outsideIsInside: outside == 1) == expected)
        }
    }

    @Test("Steps longer than one voxel reach less far")
    func weights() {
        var mask = Mask(size: GridSize(width: 9, height: 9, depth: 9), repeating: 0)
        mask[4, 4, 4] = 1
        let grown = mask.dilated(by: 6, steps: (2, 3, 6), threads: 1)
        for index in mask.size.indices {
            let distance = 2 * abs(index.i - 4) + 3 * abs(index.j - 4) + 6 * abs(index.k - 4)
            #expect(grown[index] == (distance <= 6 ? 1 : 0))
        }
    }

    @Test("A cavity is filled; one that reaches the border, if only through the next slice, is not")
    func holes() {
        var box = Mask(size: GridSize(width: 7, height: 7, depth: 5), repeating: 0)
        for index in box.size.indices where (1...5).contains(index.i) && (1...5).contains(index.j) && index.k < 4 {
            box[index] = 1
        }
        var open = box
        for k in 0..<4 { open[3, 3, k] = 0 }
        var closed = box
        closed[3, 3, 1] = 0
        closed[3, 3, 2] = 0
        #expect(closed.withHolesFilled() == box)
        #expect(open.withHolesFilled() == open)
        #expect(open.withSliceHolesFilled() == box)
    }

    @Test("Holes of random masks are what the border's background does not reach")
    func randomHoles() {
        var random = SplitMix64(seed: 3)
        for density in [0.3, 0.5, 0.7] {
            let mask = random.mask(GridSize(width: 10, height: 9, depth: 8), density: density)
            #expect(mask.withHolesFilled() == Self.filled(mask))
        }
    }

    private static func step(_ mask: Mask, outside: UInt8, any: Bool) -> Mask {
        var result = mask
        for index in mask.size.indices {
            let around = faceSteps.map { index.moved($0) }.map { mask.size.contains($0) ? mask[$0] : outside }
            result[index] = any ? max(mask[index], around.max() ?? 0) : min(mask[index], around.min() ?? 0)
        }
        return result
    }

    private static func filled(_ mask: Mask) -> Mask {
        let size = mask.size
        var outside = Set<VoxelIndex>()
        var front = size.indices.filter { index in
            mask[index] == 0 && faceSteps.contains { !size.contains(index.moved($0)) }
        }
        outside.formUnion(front)
        while let voxel = front.popLast() {
            for next in faceSteps.map({ voxel.moved($0) })
            where size.contains(next) && mask[next] == 0 && outside.insert(next).inserted {
                front.append(next)
            }
        }
        return Mask(size: size, elements: size.indices.map { outside.contains($0) ? 0 : 1 })
    }
}
