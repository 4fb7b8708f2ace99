import Foundation
import Geometry
import Imaging
import Models
import NeuralNetworks
import Tensors
import Testing

@Suite struct TiledInferenceTests {
    @Test(
        "as many patches as published, for 432 x 306 x 214",
        arguments: [(Tiling(patch: 64, stride: 56), 192), (Tiling(patch: 90, stride: 81, margin: 24), 72),
            (Tiling(patch: 96, stride: 88), 60)])
    func patchCount(_ tiling: Tiling, _ expected: Int) {
        #expect(tiling.origins(GridSize(width: 432, height: 306, depth: 214)).count == expected)
    }

    @Test("the padded size is the published one", arguments: [(5, 8), (8, 8), (9, 13), (13, 13), (14, 18), (40, 43)])
    func paddedSize(side: Int, expected: Int) {
        let (patch, stride) = (8, 5)
        let least = max(side, patch)
        #expect(expected == least + (((stride - least + patch) % stride) + stride) % stride)
        let size = GridSize(width: side, height: 8, depth: 8)
        #expect(Tiling(patch: patch, stride: stride).paddedSize(size).width == expected)
    }

    /// One unpadded (or, without margin, padded) convolution of side 3.
    static func inference(_ tiling: Tiling, threads: Int = 2, engine: ComputeEngine = .available[0]) -> TiledInference {
        var network = NetworkDescription(name: "n", axes: .xyz)
        let x = network.input("x", channels: 1)
        let window = tiling.margin == 0 ? Window.same(3) : Window(3)
        network.output("Y", network.convolution("a", x, to: 1, window: window))
        let compiled = CompiledNetwork(network, weights: { _ in weights }, engine: engine)
        return TiledInference(
            name: "test", compiled, tiling, InferenceResources(pool: ComputePool(threads: threads), engine: engine))
    }

    /// [x][y][z].
    static let weights = DeterministicWeights.tensor("a.conv.weight", shape: [1, 1, 3, 3, 3])

    @Test("patches are cut, run and averaged as published", arguments: [0, 1])
    func reference(margin: Int) throws {
        let tiling = Tiling(patch: 8, stride: 5, margin: margin)
        let size = GridSize(width: 11, height: 9, depth: 6)
        let image = Grid(size: size, elements: DeterministicWeights.input(count: size.count).map { $0 - 0.2 })
        let scores = try Self.inference(tiling).predict(image).scores
        let expected = Self.reference(image, tiling)
        for (value, mean) in zip(scores.values.elements, expected.elements) { #expect(abs(value - mean) < 1e-5) }
    }

    /// Patch by patch, voxel by voxel.
    static func reference(_ image: Grid<Float>, _ tiling: Tiling) -> Grid<Float> {
        let size = image.size, padded = tiling.paddedSize(size)
        let lower = [padded.width - size.width, padded.height - size.height, padded.depth - size.depth].map { $0 / 2 }
        func voxel(_ i: Int, _ j: Int, _ k: Int) -> Float {
            let (x, y, z) = (i - lower[0], j - lower[1], k - lower[2])
            let isInside = x >= 0 && y >= 0 && z >= 0 && x < size.width && y < size.height && z < size.depth
            return isInside ? image[x, y, z] : 0
        }
        var sum = Grid<Double>(size: padded, repeating: 0), count = sum
        for origin in tiling.origins(size) {
            let box = VoxelBox(
                lower: origin, upper: VoxelIndex(i: origin.i + 8, j: origin.j + 8, k: origin.k + 8))
            var patch: [VoxelIndex: Float] = [:]
            for k in 0..<8 { for j in 0..<8 { for i in 0..<8 {
                let index = VoxelIndex(i: origin.i + i, j: origin.j + j, k: origin.k + k)
                patch[index] = voxel(index.i, index.j, index.k)
            } } }
            let outside = tiling.margin > 0 ? patch.values.min() ?? 0 : 0
            for index in patch.keys where box.contains(index) {
                var logit = 0.0
                for tap in 0..<27 {
                    let at = VoxelIndex(
                        i: index.i + tap / 9 - 1, j: index.j + tap / 3 % 3 - 1, k: index.k + tap % 3 - 1)
                    logit += Double(weights[tap]) * Double(patch[at] ?? outside)
                }
                sum[index] += 1 / (1 + exp(-logit))
                count[index] += 1
            }
        }
        var mean = Grid<Float>(size: size, repeating: 0)
        for k in 0..<size.depth { for j in 0..<size.height { for i in 0..<size.width {
            let at = VoxelIndex(i: i + lower[0], j: j + lower[1], k: k + lower[2])
            mean[i, j, k] = Float(sum[at] / count[at])
        } } }
        return mean
    }

    @Test("the same bits for 1, 2 and 4 threads", arguments: ComputeEngine.available)
    func bitwiseRepeat(_ engine: ComputeEngine) throws {
        let size = GridSize(width: 30, height: 21, depth: 18)
        let image = Grid(size: size, elements: DeterministicWeights.input(count: size.count))
        func bits(_ threads: Int) throws -> [UInt32] {
            try Self.inference(Tiling(patch: 16, stride: 12), threads: threads, engine: engine).predict(image).scores
                .values.elements.map(\.bitPattern)
        }
        let expected = try bits(1)
        for threads in [1, 2, 4] {
            let same = try bits(threads) == expected
            #expect(same, "\(threads) threads")
        }
    }
}
