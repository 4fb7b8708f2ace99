import Geometry

/// Exact distances to the nearest voxel of an object: the lower envelope of parabolas along one axis after the other
/// (Felzenszwalb and Huttenlocher, Distance Transforms of Sampled Functions, 2012).
struct EuclideanDistance {
    let spacing: SpacingMM

    /// Stands for no object at all; its square root is far beyond any patient.
    private static let nothing = 1e12

    /// The squared distance of every voxel's centre, in mm², to the centre of the nearest voxel that is 1.
    func squared(to object: Mask) -> Grid<Double> {
        let size = object.size
        var squares = Grid(size: size, elements: object.elements.map { $0 == 1 ? 0 : Self.nothing })
        let lines: [(count: Int, stride: Int, step: Double, starts: [Int])] = [
            (size.width, 1, spacing.i, Self.starts(size.height, size.width, size.depth, size.planeCount)),
            (size.height, size.width, spacing.j, Self.starts(size.width, 1, size.depth, size.planeCount)),
            (size.depth, size.planeCount, spacing.k, Self.starts(size.width, 1, size.height, size.width)),
        ]
        for axis in lines {
            var envelope = LowerEnvelope(count: axis.count, step: axis.step)
            for start in axis.starts { envelope.transform(&squares.elements, from: start, stride: axis.stride) }
        }
        return squares
    }

    private static func starts(_ count: Int, _ stride: Int, _ outerCount: Int, _ outerStride: Int) -> [Int] {
        (0..<outerCount).flatMap { outer in (0..<count).map { outer * outerStride + $0 * stride } }
    }
}

/// The minimum over q of f(q) + (h (p - q))², for every p of a line.
private struct LowerEnvelope {
    private let step: Double
    private var values: [Double]
    /// The parabolas of the envelope, by the place of their vertex, and from where on each is the lowest.
    private var vertices: [Int]
    private var limits: [Double]

    init(count: Int, step: Double) {
        self.step = step
        values = Array(repeating: 0, count: count)
        vertices = Array(repeating: 0, count: count)
        limits = Array(repeating: 0, count: count + 1)
    }

    mutating func transform(_ elements: inout [Double], from start: Int, stride: Int) {
        for p in values.indices { values[p] = elements[start + p * stride] }
        build()
        var current = 0
        for p in values.indices {
            while limits[current + 1] < Double(p) { current += 1 }
            let distance = Double(p - vertices[current]) * step
            elements[start + p * stride] = distance * distance + values[vertices[current]]
        }
    }

    private mutating func build() {
        var last = 0
        vertices[0] = 0
        limits[0] = -.infinity
        limits[1] = .infinity
        for q in values.indices.dropFirst() {
            while crossing(vertices[last], q) <= limits[last] { last -= 1 }
            limits[last + 1] = crossing(vertices[last], q)
            last += 1
            vertices[last] = q
            limits[last + 1] = .infinity
        }
    }

    /// Where the parabola at q begins to be lower than the one at p < q.
    private func crossing(_ p: Int, _ q: Int) -> Double {
        let square = step * step
        let difference = (values[q] - values[p]) / square + Double(q * q) - Double(p * p)
        return difference / Double(2 * (q - p))
    }
}
