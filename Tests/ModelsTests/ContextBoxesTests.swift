import Geometry
import Imaging
import Models
import Testing

@Suite struct ContextBoxesTests {
    /// Left, top, width and height as the published code writes its boxes.
    typealias Rectangle = (l: Int, t: Int, w: Int, h: Int)

    /// A component as a filled rectangle, the context, and the square, in a slice of 60 x 40.
    static let squares: [(component: Rectangle, context: Int, square: Rectangle)] = [
        // One pixel.
        ((20, 20, 1, 1), 2, (18, 18, 5, 5)),
        // Wide and high: widened evenly, the smaller half first.
        ((20, 20, 7, 4), 0, (20, 19, 7, 7)), ((20, 20, 4, 7), 3, (16, 17, 13, 13)),
        // Shifted inside at each border.
        ((0, 0, 3, 3), 4, (0, 0, 11, 11)), ((57, 37, 3, 3), 4, (49, 29, 11, 11)),
        // As high as the slice, and higher: cut to it, where the published code drops the box.
        ((10, 0, 8, 40), 0, (0, 0, 40, 40)), ((5, 3, 45, 10), 2, (3, 0, 49, 40)), ((0, 0, 60, 40), 5, (0, 0, 60, 40))
    ]

    @Test("a square around a component of a slice", arguments: squares.indices)
    func square(index: Int) {
        let (component, context, expected) = Self.squares[index]
        var mask = Mask(size: GridSize(width: 60, height: 40, depth: 1), repeating: 0)
        for j in component.t..<component.t + component.h {
            for i in component.l..<component.l + component.w { mask[i, j, 0] = 1 }
        }
        let boxes = ContextBoxes(slice: mask, context: context).boxes
        #expect(boxes.map { [$0.lower.i, $0.lower.j, $0.lower.k] } == [[expected.l, expected.t, 0]])
        #expect(boxes.map { [$0.size.width, $0.size.height, $0.size.depth] } == [[expected.w, expected.h, 1]])
    }

    @Test("pixels that touch at a corner are one component, in the order in which rows meet them")
    func connectivity() {
        var mask = Mask(size: GridSize(width: 20, height: 20, depth: 1), repeating: 0)
        for (i, j) in [(2, 2), (3, 3), (15, 1)] { mask[i, j, 0] = 1 }
        let boxes = ContextBoxes(slice: mask, context: 1).boxes
        #expect(boxes.map { [$0.lower.i, $0.lower.j, $0.size.width] } == [[14, 0, 3], [1, 1, 4]])
    }

    @Test("overlapping squares of a slice stay apart, as published")
    func overlappingSquares() {
        var mask = Mask(size: GridSize(width: 20, height: 20, depth: 1), repeating: 0)
        for (i, j) in [(8, 8), (10, 8)] { mask[i, j, 0] = 1 }
        #expect(ContextBoxes(slice: mask, context: 4).boxes.count == 2)
    }

    @Test("a cube from the longest side, cut where the image is shorter")
    func cube() {
        var mask = Mask(size: GridSize(width: 64, height: 64, depth: 12), repeating: 0)
        for j in 20..<40 { for i in 30..<34 { mask[i, j, 6] = 1 } }
        let box = ContextBoxes(volume: mask, context: 2).boxes
        #expect(
            box == [
                VoxelBox(lower: VoxelIndex(i: 20, j: 18, k: 0), upper: VoxelIndex(i: 44, j: 42, k: 12))
            ])
    }

    @Test("cubes that share more than half of the smaller one become one, others stay", arguments: [(4, 2), (3, 1)])
    func merging(distance: Int, expected: Int) {
        // Cubes of side 7: at a distance of 4 they share 3/7, at 3 they share 4/7.
        var mask = Mask(size: GridSize(width: 32, height: 16, depth: 16), repeating: 0)
        mask[8, 8, 8] = 1
        mask[8 + distance, 8, 8] = 1
        let boxes = ContextBoxes(volume: mask, context: 3).boxes
        #expect(boxes.count == expected)
        if expected == 1 { #expect(boxes[0].size == GridSize(width: 10, height: 10, depth: 10)) }
    }

    @Test("an empty mask has no boxes")
    func empty() {
        let size = GridSize(width: 8, height: 8, depth: 8)
        #expect(ContextBoxes(volume: Mask(size: size, repeating: 0), context: 2).boxes.isEmpty)
    }
}
