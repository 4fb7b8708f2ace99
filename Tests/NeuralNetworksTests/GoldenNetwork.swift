import Foundation
import NeuralNetworks
import Tensors
import Testing

/// One network on one input, as PyTorch computed it: `training/fovea_training/golden.py`.
struct GoldenNetwork: Decodable {
    struct Architecture: Decodable {
        let name: String
        let width: Int
        let in_channels: Int
        let out_channels: Int
    }

    let architecture: Architecture
    /// The order of the axes behind the channel: "xyz" or "zyx".
    let axes: String
    let parameters: [String: [Int]]
    let input_shape: [Int]
    /// "Y", or the name of a layer or of a block of layers, with the network's before it.
    let outputs: [String: Golden.Sample]

    static func load(_ architecture: NetworkArchitecture) throws -> GoldenNetwork {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: fixtures.appending(path: "Fixtures/golden-\(architecture.rawValue).json"))
        return try JSONDecoder().decode(GoldenNetwork.self, from: data)
    }

    /// The extent of the input in memory.
    var inputExtent: PerAxis {
        let extents = Array(input_shape.dropFirst())
        let sides = axes == "xyz" ? extents.reversed() : extents
        return PerAxis(z: sides[0], y: sides[1], x: sides[2])
    }

    func networks() throws -> [NetworkDescription] {
        try #require(NetworkArchitecture(rawValue: architecture.name)).networks(
            width: architecture.width, inChannels: architecture.in_channels, outChannels: architecture.out_channels)
    }

    /// The first network, which also gives the values of the layers that `outputs` names.
    func observedNetwork() throws -> NetworkDescription {
        var network = try #require(try networks().first)
        for name in outputs.keys.sorted() where name != "Y" {
            let layer = String(name.dropFirst(network.name.count + 1))
            network.output(name, try #require(network.value(of: layer), "\(name)"))
        }
        return network
    }
}

/// A golden network as the engine computes it.
struct GoldenRun {
    let outputs: [String: Tensor]
    let channels: [String: Int]
    private let workspace = Workspace()
    private let input: AlignedBuffer

    init(_ golden: GoldenNetwork, threads: Int, engine: ComputeEngine) throws {
        let network = try golden.observedNetwork()
        let shape = TensorShape(golden.inputExtent, channels: golden.architecture.in_channels)
        input = AlignedBuffer(count: shape.count)
        let x = Tensor(base: input.base, shape: shape)
        let values = DeterministicWeights.input(count: shape.count)
        if golden.axes == "xyz" { x.fill(xyz: values) } else { input.base.update(from: values, count: values.count) }
        let shapes = network.parameters
        let compiled = CompiledNetwork(
            network, weights: { DeterministicWeights.tensor($0, shape: shapes[$0] ?? []) }, engine: engine)
        let results = NetworkPlan(compiled, inputShapes: [shape])
            .run([x], in: workspace, on: ComputePool(threads: threads))
        outputs = Dictionary(uniqueKeysWithValues: zip(network.outputNames, results))
        channels = Dictionary(uniqueKeysWithValues: zip(network.outputNames, network.outputChannels))
    }

    /// Everything computed, as bits.
    var bits: [String: [UInt32]] { outputs.mapValues { $0.elements.map(\.bitPattern) } }
}
