import Foundation
import Tensors
import Testing

/// What PyTorch computed: `training/fovea_training/golden.py`.
struct Golden: Decodable {
    struct Sample: Decodable {
        /// Channel, x, y, z; the last is the fastest in the order that `positions` count in.
        let shape: [Int]
        let range: Double
        let positions: [Int]
        let values: [Float]
    }

    struct Stage1: Decodable {
        let input_shape: [Int]
        let outputs: [String: Sample]
    }

    struct Stage2: Decodable {
        /// Low and high in cells, x, y, z.
        let box: [[Int]]
        let outputs: [String: Sample]
    }

    let stage1: Stage1
    let stage2: Stage2

    static func load() throws -> Golden {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: fixtures.appending(path: "Fixtures/golden-lowres.json"))
        return try JSONDecoder().decode(Golden.self, from: data)
    }
}

extension Golden.Sample {
    /// The greatest difference to a channels-last tensor in memory order z, y, x, as a share of the range.
    func relativeError(of tensor: Tensor, axes: String = "xyz") -> Double {
        var worst = 0.0
        for (position, expected) in zip(positions, values) {
            let last = position % shape[3], middle = position / shape[3] % shape[2]
            let first = position / (shape[3] * shape[2]) % shape[1]
            let channel = position / (shape[3] * shape[2] * shape[1])
            let (z, y, x) = axes == "xyz" ? (last, middle, first) : (first, middle, last)
            let offset = channel + tensor.shape.channels * (x + tensor.shape.width * (y + tensor.shape.height * z))
            let difference = abs(Double(tensor.elements[offset]) - Double(expected))
            worst = difference > worst || difference.isNaN ? difference : worst
        }
        return worst / range
    }
}
