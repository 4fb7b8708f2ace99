import Foundation
import NeuralNetworks
import Synchronization
import Tensors
import Testing

/// What becomes a step of its own, and that fused or not the values are those of the definition.
@Suite struct FusionTests {
    private static let extent = PerAxis(z: 5, y: 6, x: 7)
    private static let channels = 18

    private static func steps(_ build: (inout NetworkDescription, NetworkDescription.Value) -> Void) -> [String] {
        var network = NetworkDescription(name: "n", axes: .zyx)
        build(&network, network.input("x", channels: channels))
        let engine = ComputeEngine.available[0]
        let shape = TensorShape(extent, channels: engine.storedChannels(channels))
        let plan = NetworkPlan(LowResParityTests.compiled(network, engine), inputShapes: [shape])
        return plan.steps.map { $0.multiplyAccumulates > 0 ? $0.layer : $0.algorithm }
    }

    @Test("BN, activation, sum and ReLU after a convolution are one step with it")
    func onStore() {
        let steps = Self.steps { net, x in
            let first = net.prelu("a", net.batchNorm("a", net.convolution("a", x, to: x.channels, kernel: 3)))
            let second = net.batchNorm("b", net.convolution("b", first, to: x.channels, kernel: 1))
            net.output("y", net.relu(net.add(second, x)))
        }
        #expect(steps == ["a", "b"])
    }

    @Test("BN and ReLU that only convolutions read are applied as they read; others are steps")
    func onLoad() {
        let steps = Self.steps { net, x in
            let activated = net.relu(net.batchNorm("a", x))
            let a = net.convolution("a", activated, to: x.channels, kernel: 3)
            let b = net.convolution("b", activated, to: x.channels, kernel: 1)
            let other = net.relu(net.batchNorm("c", net.add(a, b)))
            let c = net.convolution("c", other, to: x.channels, kernel: 1)
            net.output("y", net.maxPool(other, factor: 2))
            net.output("z", net.sigmoid(c))
        }
        #expect(steps == ["a", "b", "batch norm", "c", "max pool", "sigmoid"])
    }

    @Test("a value that something else reads as well is not fused away")
    func readTwice() {
        let steps = Self.steps { net, x in
            let a = net.convolution("a", x, to: x.channels, kernel: 1)
            net.output("a", a)
            net.output("y", net.add(net.relu(a), net.relu6(x)))
        }
        #expect(steps == ["a", "activation", "activation", "sum"])
    }

    /// Values of every operation that has a step, computed one by one from the input [z][y][x][c].
    private struct Expectation {
        let network: NetworkDescription
        let weights: (String) -> [Float]

        init() {
            var net = NetworkDescription(name: "n", axes: .zyx)
            let x = net.input("x", channels: channels)
            net.output("norm", net.relu(net.batchNorm("a", x)))
            let mean = net.globalAveragePool(x)
            net.output("linear", net.linear("l", mean, to: 3))
            let sum = net.add(net.sigmoid(x), net.broadcast(mean, like: x))
            net.output("padded", net.padChannels(net.crop(net.relu6(sum), by: 1), to: 33))
            network = net
            let shapes = net.parameters
            weights = { DeterministicWeights.tensor($0, shape: shapes[$0] ?? []) }
        }

        func norm(_ x: Float, _ c: Int) -> Float {
            let scale = weights("n.a.bn.weight")[c] / (weights("n.a.bn.running_var")[c] + 1e-5).squareRoot()
            return max(0, (x - weights("n.a.bn.running_mean")[c]) * scale + weights("n.a.bn.bias")[c])
        }
    }

    @Test("every operation that has a step gives what it is defined to give", arguments: ComputeEngine.available)
    func values(_ engine: ComputeEngine) {
        let expectation = Expectation(), extent = Self.extent, channels = Self.channels
        let stored = engine.storedChannels(channels)
        let input = AlignedBuffer(count: extent.product * stored)
        let values = DeterministicWeights.uniform("input", count: extent.product * channels).map { 8 * $0 }
        for index in 0..<input.count {
            input.base[index] = index % stored < channels ? values[index / stored * channels + index % stored] : 0
        }
        let x = Tensor(base: input.base, shape: TensorShape(extent, channels: stored))
        let compiled = CompiledNetwork(expectation.network, weights: expectation.weights, engine: engine)
        let workspace = Workspace()
        let results = NetworkPlan(compiled, inputShapes: [x.shape]).run([x], in: workspace, on: ComputePool(threads: 2))
        let means = (0..<channels).map { c in
            (0..<extent.product).reduce(Float(0)) { $0 + values[$1 * channels + c] } / Float(extent.product)
        }
        for index in results[0].elements.indices where index % stored < channels {
            let c = index % stored
            let value = expectation.norm(values[index / stored * channels + c], c)
            #expect(abs(results[0].elements[index] - value) < 1e-5)
        }
        let matrix = expectation.weights("n.l.linear.weight"), bias = expectation.weights("n.l.linear.bias")
        for out in 0..<3 {
            let value = (0..<channels).reduce(bias[out]) { $0 + matrix[out * channels + $1] * means[$1] }
            #expect(abs(results[1].elements[out] - value) < 1e-5)
        }
        let padded = results[2]
        #expect(padded.shape.extent == PerAxis(z: 3, y: 4, x: 5))
        for index in padded.elements.indices {
            let c = index % padded.shape.channels, voxel = index / padded.shape.channels
            let source = ((voxel / 20 + 1) * extent.y + voxel / 5 % 4 + 1) * extent.x + voxel % 5 + 1
            let value = c < channels
                ? min(6, max(0, 1 / (1 + exp(-values[source * channels + c])) + means[c])) : 0
            #expect(abs(padded.elements[index] - value) < 1e-5)
        }
        withExtendedLifetime((workspace, input)) {}
    }

    @Test("networks that share layers lay them out once")
    func sharedLayers() {
        let asked = Mutex<[String]>([])
        let layers = LayerCache()
        for name in ["y", "z"] {
            var net = NetworkDescription(name: "n", axes: .zyx)
            let x = net.input("x", channels: 16)
            let a = net.batchNorm("a", net.convolution("a", x, to: 16, kernel: 3))
            net.output(name, net.convolution(name, a, to: 16, kernel: 1))
            let shapes = net.parameters
            _ = CompiledNetwork(
                net,
                weights: { tensor in
                    asked.withLock { $0.append(tensor) }
                    return DeterministicWeights.tensor(tensor, shape: shapes[tensor] ?? [])
                }, engine: .available[0], layers: layers)
        }
        let counts = asked.withLock { Dictionary(grouping: $0) { $0 }.mapValues(\.count) }
        #expect(counts["n.a.conv.weight"] == 1 && counts["n.a.bn.weight"] == 1)
        #expect(counts["n.y.conv.weight"] == 1 && counts["n.z.conv.weight"] == 1)
    }

    @Test("an observer is told of every step, in order; a second run takes no new memory")
    func observer() throws {
        let network = LowResParityTests.compiled(ENet3D.description(width: 12, inChannels: 1, outChannels: 1))
        let shape = TensorShape(16, channels: 1)
        let plan = NetworkPlan(network, inputShapes: [shape])
        let input = AlignedBuffer(count: shape.count), workspace = Workspace(), pool = ComputePool(threads: 2)
        for index in 0..<input.count { input.base[index] = 0 }
        let x = Tensor(base: input.base, shape: shape)
        var seen: [StepReport] = []
        let first = plan.run([x], in: workspace, on: pool) { report, seconds in
            #expect(seconds >= 0)
            seen.append(report)
        }
        #expect(seen == plan.steps && !seen.isEmpty)
        #expect(plan.run([x], in: workspace, on: pool)[0].base == first[0].base)
    }
}
