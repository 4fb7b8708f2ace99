import Geometry
import Imaging
import Testing

/// Against SciPy 1.x: `ndimage.zoom(array, factors, order=3)` of ((k * 7919) mod 101) / 100.
@Suite struct CubicResamplingTests {
    struct Case: Sendable {
        let size: GridSize
        let newSize: GridSize
        let positions: [Int]
        let values: [Float]
    }

    static let cases = [
        Case(
            size: GridSize(width: 6, height: 7, depth: 5), newSize: GridSize(width: 3, height: 4, depth: 12),
            positions: [0, 13, 26, 39, 52, 65, 78, 91, 104, 117, 130, 143],
            values: [
                0.0, 0.497927, 0.061598, 0.952746, 0.488015, 0.143117, 0.857835, 0.438065, 0.924328, 0.788402, 0.496492,
                0.85
            ]),
        Case(
            size: GridSize(width: 20, height: 4, depth: 1), newSize: GridSize(width: 9, height: 4, depth: 3),
            positions: [0, 10, 19, 29, 39, 49, 58, 68, 78, 88, 97, 107],
            values: [
                0.0, 0.710892, 0.06447, 0.473072, 0.793827, 0.514479, 0.565569, 0.256034, 0.604538, 0.251087, 0.369108,
                0.07
            ]),
        Case(
            size: GridSize(width: 2, height: 3, depth: 30), newSize: GridSize(width: 6, height: 6, depth: 12),
            positions: [0, 39, 78, 118, 157, 196, 235, 274, 313, 353, 392, 431],
            values: [
                0.0, 0.545082, 0.429376, 0.827337, 0.417108, 0.667046, 0.645801, 0.216841, 0.79897, 0.351331, 0.657653,
                0.67
            ])
    ]

    private static func image(_ size: GridSize) -> Grid<Float> {
        Grid(size: size, elements: (0..<size.count).map { Float($0 * 7919 % 101) / 100 })
    }

    @Test("the values of SciPy's zoom, also on axes of one to three voxels", arguments: cases.indices)
    func golden(index: Int) {
        let example = Self.cases[index]
        let result = Self.image(example.size).resampledCubic(to: example.newSize)
        #expect(result.size == example.newSize)
        for (position, value) in zip(example.positions, example.values) {
            #expect(abs(result.elements[position] - value) < 2e-6, "\(position)")
        }
    }

    @Test("the same bits for every number of threads")
    func threads() {
        let image = Self.image(GridSize(width: 70, height: 33, depth: 9))
        let size = GridSize(width: 35, height: 40, depth: 20)
        let expected = image.resampledCubic(to: size)
        for threads in [2, 3, 8] { #expect(image.resampledCubic(to: size, threads: threads) == expected) }
    }

    @Test("a grid of the same size comes back as it was")
    func sameSize() {
        let image = Self.image(GridSize(width: 5, height: 4, depth: 3))
        #expect(image.resampledCubic(to: image.size) == image)
    }
}
