import Foundation
import Geometry
import Imaging
import Models
import NeuralNetworks
import Tensors
import Testing

/// The two-stage inference against PyTorch, on deterministic weights.
@Suite struct LowResInferenceTests {
    struct Golden: Decodable {
        struct Spot: Decodable {
            let centre: [Int]
            let radius: Double
        }

        struct Box: Decodable {
            let low: [Int]
            let high: [Int]
        }

        struct Sample: Decodable {
            let range: Double
            let positions: [Int]
            let values: [Float]
        }

        struct Pipeline: Decodable {
            let image_shape: [Int]
            let spots: [Spot]
            let last_bias: Float
            let boxes: [Box]
            let outside: Int
            let foreground: Int
            let logits: Sample
        }

        let pipeline: Pipeline
    }

    let golden: Golden.Pipeline

    init() throws {
        golden = try JSONDecoder().decode(Golden.self, from: Fixtures.data("golden-lowres.json")).pipeline
    }

    @Test("boxes, their order, and the logits agree with PyTorch; voxels outside of all boxes are the same",
        arguments: ComputeEngine.available)
    func parity(_ engine: ComputeEngine) throws {
        let result = try run(threads: 2, engine: engine)
        let boxes = result.boxes.map { [[$0.lower.i, $0.lower.j, $0.lower.k], [$0.upper.i, $0.upper.j, $0.upper.k]] }
        #expect(boxes == golden.boxes.map { [$0.low, $0.high] })
        #expect(result.logits.elements.count { $0 == -.infinity } == golden.outside)
        #expect(result.logits.elements.count { $0 > 0 } == golden.foreground)
        let (ny, nz) = (golden.image_shape[1], golden.image_shape[2])
        for (position, expected) in zip(golden.logits.positions, golden.logits.values) {
            let logit = result.logits[position / (nz * ny), position / nz % ny, position % nz]
            if expected == -30 {
                #expect(logit == -.infinity)
            } else {
                #expect(abs(Double(logit - expected)) < 2e-5 * golden.logits.range)
            }
        }
    }

    @Test("the same bits on repeat and for 1, 2 and 4 threads", arguments: ComputeEngine.available)
    func bitwiseRepeat(_ engine: ComputeEngine) throws {
        func bits(threads: Int) throws -> [UInt32] {
            try run(threads: threads, engine: engine).logits.elements.map(\.bitPattern)
        }
        let expected = try bits(threads: 1)
        for threads in [1, 2, 4] { #expect(try bits(threads: threads) == expected) }
    }

    @Test("a memory limit that cannot be met is refused with the figure")
    func memoryLimit() throws {
        let error = #expect(throws: SegmentationError.self) { try run(threads: 1, memoryLimitBytes: 1 << 20) }
        #expect(error?.code == .memoryLimit)
        #expect(error?.message.contains("1 MB are allowed") == true)
    }

    private func run(
        threads: Int, memoryLimitBytes: Int? = nil, engine: ComputeEngine = .available[0]
    ) throws -> LowResInference.Result {
        let networks = LowResNetworks(features: 16, inChannels: 1, outChannels: 1)
        let shapes = networks.stage1.parameters.merging(networks.stage2.parameters) { first, _ in first }
        let inference = LowResInference(
            networks,
            weights: { name in
                if name == "stage1.Y8.2.bn.bias" { return [golden.last_bias] }
                return DeterministicWeights.tensor(name, shape: shapes[name] ?? [])
            }, pool: ComputePool(threads: threads), memoryLimitBytes: memoryLimitBytes,
            engine: engine)
        var clock = StepClock()
        return try inference.run(on: image(), &clock, progress: { _ in })
    }

    /// As golden.py makes it: a tenth of the deterministic input, indexed [x, y, z], plus 0.9 within the spots.
    private func image() -> Grid<Float> {
        let (nx, ny, nz) = (golden.image_shape[0], golden.image_shape[1], golden.image_shape[2])
        let values = DeterministicWeights.input(count: nx * ny * nz)
        var image = Grid<Float>(size: GridSize(width: nx, height: ny, depth: nz), repeating: 0)
        for x in 0..<nx {
            for y in 0..<ny {
                for z in 0..<nz {
                    let isSpot = golden.spots.contains { spot in
                        let distance = zip([x, y, z], spot.centre).map { Double(($0 - $1) * ($0 - $1)) }.reduce(0, +)
                        return distance <= spot.radius * spot.radius
                    }
                    image[x, y, z] = values[z + nz * (y + ny * x)] * 0.1 + (isSpot ? 0.9 : 0)
                }
            }
        }
        return image
    }
}
