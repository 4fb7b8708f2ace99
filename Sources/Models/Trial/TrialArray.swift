internal import Geometry
internal import Imaging
internal import NeuralNetworks

/// A bare array with the axes of a network: the last axis is the fastest.
public struct TrialArray: Sendable, Hashable {
    /// x, y, z or z, y, x (slices, rows, columns), as the network was trained.
    public let shape: [Int]
    public let values: [Float]

    /// - Returns: nil unless there are three extents of at least 1 and as many values.
    public init?(shape: [Int], values: [Float]) {
        let isPossible = shape.count == 3 && shape.allSatisfy { (1...100_000).contains($0) }
        guard isPossible, shape.reduce(1, *) == values.count else { return nil }
        self.shape = shape
        self.values = values
    }

    /// As an image: i, j, k run along x, y, z.
    func grid(_ axes: KernelAxes) -> Grid<Float> {
        let size = Self.size(shape, axes)
        switch axes {
        case .zyx, .yx: return Grid(size: size, elements: values)
        case .xyz: return Grid(size: size, elements: Self.reversed(values, shape))
        }
    }

    /// Of the image that an array of this shape is.
    static func size(_ shape: [Int], _ axes: KernelAxes) -> GridSize {
        switch axes {
        case .zyx, .yx: GridSize(width: shape[2], height: shape[1], depth: shape[0])
        case .xyz: GridSize(width: shape[0], height: shape[1], depth: shape[2])
        }
    }

    init(_ grid: Grid<Float>, _ axes: KernelAxes) {
        let size = grid.size
        switch axes {
        case .zyx, .yx:
            shape = [size.depth, size.height, size.width]
            values = grid.elements
        case .xyz:
            shape = [size.width, size.height, size.depth]
            values = Self.reversed(grid.elements, [size.depth, size.height, size.width])
        }
    }

    /// The same values with the order of the axes reversed.
    private static func reversed(_ values: [Float], _ shape: [Int]) -> [Float] {
        var result = [Float](repeating: 0, count: values.count)
        var source = 0
        for a in 0..<shape[0] {
            for b in 0..<shape[1] {
                for c in 0..<shape[2] {
                    result[(c * shape[1] + b) * shape[0] + a] = values[source]
                    source += 1
                }
            }
        }
        return result
    }
}
