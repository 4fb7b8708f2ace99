import Foundation
import NeuralNetworks
import Tensors
import Testing

/// LowRes against PyTorch, on deterministic weights.
@Suite struct LowResParityTests {
    static let networks = LowResNetworks(features: 16, inChannels: 1, outChannels: 1)
    /// Of the output's range.
    static let tolerance = 2e-5

    /// Both stages on the golden input.
    struct Run {
        let maps: [Tensor]
        let detail: Tensor
        private let workspaces = [Workspace(), Workspace(), Workspace()]
        private let image: AlignedBuffer

        init(_ golden: Golden, threads: Int, engine: ComputeEngine) {
            let pool = ComputePool(threads: threads)
            let shape = golden.stage1.input_shape
            let size = TensorShape(depth: shape[2], height: shape[1], width: shape[0], channels: 1)
            image = AlignedBuffer(count: size.count)
            let x = Tensor(base: image.base, shape: size)
            x.fill(xyz: DeterministicWeights.input(count: size.count))
            let network = LowResParityTests.compiled(LowResParityTests.networks.stage1, engine)
            let plan = NetworkPlan(network, inputShapes: [size])
            maps = plan.run([x], in: workspaces[0], on: pool)
            let stage2 = LowResParityTests.compiled(LowResParityTests.networks.stage2, engine)
            detail = Self.detail(stage2, [x] + maps[0..<4], golden.stage2.box, workspaces[1...], pool)
        }

        private static func detail(
            _ network: CompiledNetwork, _ inputs: [Tensor], _ box: [[Int]], _ workspaces: ArraySlice<Workspace>,
            _ pool: ComputePool
        ) -> Tensor {
            let sides = zip(box[0], box[1]).map { $1 - $0 }
            let shapes = zip(inputs, [8, 4, 4, 2, 1]).map {
                TensorShape(
                    depth: sides[2] * $1, height: sides[1] * $1, width: sides[0] * $1, channels: $0.shape.channels)
            }
            var base = workspaces[1].reserve(shapes.map(\.count).reduce(0, +))
            let crops = zip(zip(inputs, shapes), [8, 4, 4, 2, 1]).map { source, scale in
                let crop = Tensor(base: base, shape: source.1)
                base += source.1.count
                crop.copy(from: source.0, z: box[0][2] * scale, y: box[0][1] * scale, x: box[0][0] * scale)
                return crop
            }
            return NetworkPlan(network, inputShapes: shapes).run(crops, in: workspaces[2], on: pool)[0]
        }

        /// Everything computed, as bits.
        var bits: [UInt32] { (maps + [detail]).flatMap { $0.elements.map(\.bitPattern) } }
    }

    static func compiled(
        _ description: NetworkDescription, _ engine: ComputeEngine = .available[0]
    ) -> CompiledNetwork {
        let shapes = description.parameters
        return CompiledNetwork(
            description, weights: { DeterministicWeights.tensor($0, shape: shapes[$0] ?? []) }, engine: engine)
    }

    @Test("every map of Stage 1 and the logits of Stage 2 agree with PyTorch", arguments: ComputeEngine.available)
    func parity(_ engine: ComputeEngine) throws {
        let golden = try Golden.load()
        let run = Run(golden, threads: 2, engine: engine)
        for (name, map) in zip(Self.networks.stage1.outputNames, run.maps) {
            let sample = try #require(golden.stage1.outputs[name])
            #expect(sample.shape == [map.shape.channels, map.shape.width, map.shape.height, map.shape.depth])
            #expect(sample.relativeError(of: map) < Self.tolerance, "\(name)")
        }
        #expect(try #require(golden.stage2.outputs["Y"]).relativeError(of: run.detail) < Self.tolerance)
    }

    @Test("the same bits on repeat and for 1, 2 and 4 threads", arguments: ComputeEngine.available)
    func bitwiseRepeat(_ engine: ComputeEngine) throws {
        let golden = try Golden.load()
        let expected = Run(golden, threads: 1, engine: engine).bits
        for threads in [1, 2, 4] { #expect(Run(golden, threads: threads, engine: engine).bits == expected) }
    }

    @Test("parameters: as many as published")
    func parameterCount() {
        func count(_ network: NetworkDescription) -> Int {
            network.parameters.filter { !$0.key.contains("running") }.values.map { $0.reduce(1, *) }.reduce(0, +)
        }
        #expect(count(Self.networks.stage1) == 652_962)
        #expect(count(Self.networks.stage2) == 73_125)
    }

    @Test("the work of the published shape: 5 578 multiply-accumulates per voxel, of which we count only convolutions")
    func work() {
        let shape = TensorShape(depth: 216, height: 312, width: 432, channels: 1)
        let plan = NetworkPlan(Self.compiled(Self.networks.stage1), inputShapes: [shape])
        #expect(Double(plan.multiplyAccumulates) / Double(shape.count) == 5578.125)
    }
}

extension Tensor {
    /// Fills a tensor of one channel from an array indexed [x, y, z].
    func fill(xyz values: [Float]) {
        for x in 0..<shape.width {
            for y in 0..<shape.height {
                for z in 0..<shape.depth {
                    elements[x + shape.width * (y + shape.height * z)] =
                        values[z + shape.depth * (y + shape.height * x)]
                }
            }
        }
    }
}
