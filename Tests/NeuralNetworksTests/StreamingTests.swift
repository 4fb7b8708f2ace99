import NeuralNetworks
import Tensors
import Testing

/// Stage 1 in bands of planes against Stage 1 as a whole.
@Suite struct StreamingTests {
    static let network = LowResParityTests.compiled(LowResParityTests.networks.stage1)

    @Test(
        "every map that is kept has the same bits, for 1 and 3 threads", arguments: ComputeEngine.available,
        [(8, 8, 8), (16, 40, 24), (200, 16, 8), (104, 24, 40)])
    func sameBits(_ engine: ComputeEngine, size: (Int, Int, Int)) {
        let network = LowResParityTests.compiled(LowResParityTests.networks.stage1, engine)
        let shape = TensorShape(depth: size.0, height: size.1, width: size.2, channels: 1)
        let image = AlignedBuffer(count: shape.count)
        let x = Tensor(base: image.base, shape: shape)
        x.fill(xyz: DeterministicWeights.input(count: shape.count))
        func bits(_ plan: NetworkPlan, threads: Int) -> [String: [UInt32]] {
            let workspace = Workspace(), pool = ComputePool(threads: threads)
            let outputs = plan.run([x], in: workspace, on: pool)
            return Dictionary(uniqueKeysWithValues: zip(plan.outputNames, outputs).map { name, tensor in
                (name, tensor.elements.map(\.bitPattern))
            })
        }
        withExtendedLifetime(image) {
            var whole = bits(NetworkPlan(network, inputShapes: [shape]), threads: 2)
            #expect(whole.removeValue(forKey: "F2") != nil)
            let streamed = NetworkPlan(network, inputShapes: [shape], dropping: "F2")
            #expect(streamed.isStreamed)
            for threads in [1, 3] { #expect(bits(streamed, threads: threads) == whole) }
        }
    }

    @Test("the memory of the maps at half resolution no longer grows with the depth")
    func memory() {
        func halfMaps(_ depth: Int, dropping output: String?) -> Int {
            let shape = TensorShape(depth: depth, height: 256, width: 256, channels: 1)
            return NetworkPlan(Self.network, inputShapes: [shape], dropping: output).arenaFloats(workers: 0)
        }
        let plane = 128 * 128 * 16
        #expect(halfMaps(640, dropping: nil) > 2 * 320 * plane)
        // Maps at a quarter of the resolution, two at a time, and what is kept.
        #expect(halfMaps(640, dropping: "F2") < 320 * plane)
        let growth = halfMaps(1280, dropping: "F2") - halfMaps(640, dropping: "F2")
        #expect(growth < 320 * plane)
    }
}
