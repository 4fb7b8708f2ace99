import NeuralNetworks
import Tensors
import Testing

/// Values of 17 channels stored as 16 + 1, where a network allows it.
@Suite struct LoneChannelNetworkTests {
    static let kernelEngines = ComputeEngine.available.filter { $0 != .openBLAS }

    @Test("LowRes's second network keeps its 17th channel apart; wider ones and OpenBLAS do not", arguments: kernelEngines)
    func lowRes(_ engine: ComputeEngine) {
        let wide = LowResNetworks(features: 32, inChannels: 1, outChannels: 1)
        #expect(LowResParityTests.compiled(LowResParityTests.networks.stage2, engine).engine.keepsLoneChannel)
        #expect(!LowResParityTests.compiled(LowResParityTests.networks.stage1, engine).engine.keepsLoneChannel)
        #expect(!LowResParityTests.compiled(wide.stage2, engine).engine.keepsLoneChannel)
        #expect(!LowResParityTests.compiled(LowResParityTests.networks.stage2, .openBLAS).engine.keepsLoneChannel)
    }

    @Test("the lone channel first, last, and where both meet, agrees with OpenBLAS", arguments: kernelEngines)
    func orders(_ engine: ComputeEngine) {
        for order in [Order.first, .last, .both] {
            let network = Self.network(order), compiled = LowResParityTests.compiled(network, engine)
            #expect(compiled.engine.keepsLoneChannel == (order != .both))
            let result = Self.run(network, engine), expected = Self.run(network, .openBLAS)
            let range = expected.map(abs).max() ?? 0
            let error = zip(result, expected).map { abs($0 - $1) }.max() ?? .nan
            #expect(error < 3e-5 * range, "\(order)")
        }
    }

    enum Order { case first, last, both }

    /// A concatenation of 16 channels and one, in either order or as the sum of both, and what may follow it.
    static func network(_ order: Order) -> NetworkDescription {
        var net = NetworkDescription(name: "net", axes: .zyx)
        let x = net.input("x", channels: 1), wide = net.input("wide", channels: 16)
        var value = net.concatenate(order == .first ? [x, wide] : [wide, x])
        if order == .both { value = net.add(value, net.concatenate([x, wide])) }
        let first = net.relu(net.convolution("a", value, to: 17, kernel: 3, bias: true))
        value = net.add(value, net.relu(net.convolution("b", first, to: 17, kernel: 1, bias: true)))
        value = net.resizeTrilinear(value, factor: 2, alignCorners: true)
        net.output("y", net.convolution("c", net.relu(value), to: 1, kernel: 1))
        net.output("z", net.convolution("d", value, to: 16, kernel: 3))
        return net
    }

    private static func run(_ network: NetworkDescription, _ engine: ComputeEngine) -> [Float] {
        let compiled = LowResParityTests.compiled(network, engine)
        let shapes = compiled.inputChannels.map { TensorShape(depth: 3, height: 6, width: 7, channels: $0) }
        let buffers = shapes.map { AlignedBuffer(count: $0.count) }
        let inputs = zip(buffers, shapes).map { buffer, shape in
            let values = DeterministicWeights.input(count: shape.count)
            for index in values.indices { buffer.base[index] = values[index] - 0.5 }
            return Tensor(base: buffer.base, shape: shape)
        }
        let workspace = Workspace(), plan = NetworkPlan(compiled, inputShapes: shapes)
        return withExtendedLifetime(buffers) {
            plan.run(inputs, in: workspace, on: ComputePool(threads: 2)).flatMap { Array($0.elements) }
        }
    }
}
