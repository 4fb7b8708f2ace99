import Geometry
import Imaging

/// Random test images, the same from the same seed.
extension SplitMix64 {
    mutating func mask(_ size: GridSize, density: Double) -> Mask {
        Mask(size: size, elements: (0..<size.count).map { _ in nextUnit() < density ? 1 : 0 })
    }

    mutating func values(_ count: Int, in range: ClosedRange<Double>) -> [Float] {
        (0..<count).map { _ in Float(next(in: range)) }
    }

    /// A few blobs: a random mask whose grains have grown.
    mutating func blobs(_ size: GridSize) -> Mask {
        mask(size, density: 0.01).dilated(iterations: 2)
    }
}

extension GridSize {
    var indices: [VoxelIndex] {
        (0..<depth).flatMap { k in
            (0..<height).flatMap { j in (0..<width).map { VoxelIndex(i: $0, j: j, k: k) } }
        }
    }
}

let faceSteps = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]

let allSteps = (-1...1).flatMap { i in (-1...1).flatMap { j in (-1...1).map { (i, j, $0) } } }
    .filter { $0 != (0, 0, 0) }

extension VoxelIndex {
    func moved(_ step: (Int, Int, Int)) -> VoxelIndex { VoxelIndex(i: i + step.0, j: j + step.1, k: k + step.2) }
}
