import Foundation
import NeuralNetworks
import Tensors
import Testing

/// AutoPath against PyTorch, on deterministic weights.
@Suite struct AutoPathParityTests {
    typealias Backbone = AutoPathNetworks.Backbone

    struct GoldenPaths: Decodable {
        struct Path: Decodable {
            let keep: [Bool]
            let outputs: [String: Golden.Sample]
        }

        struct Policy: Decodable {
            let input_shape: [Int]
            let outputs: [String: Golden.Sample]
        }

        struct Architecture: Decodable {
            let width: Int
        }

        let architecture: Architecture
        let parameters: [String: [Int]]
        let input_shape: [Int]
        let paths: [Path]
        let policies: [Policy]

        init(_ backbone: Backbone) throws {
            let name = backbone == .resNet18 ? "autopath-r18" : "autopath-r50"
            let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            let data = try Data(contentsOf: fixtures.appending(path: "Fixtures/golden-\(name).json"))
            self = try JSONDecoder().decode(GoldenPaths.self, from: data)
        }
    }

    /// Networks on the input of a golden file, all with the same layers.
    struct Runner {
        let networks: AutoPathNetworks
        let engine: ComputeEngine
        let threads: Int
        private let parameters: [String: [Int]]
        private let layers = LayerCache()
        private let workspace = Workspace()

        init(_ backbone: Backbone, width: Int, _ engine: ComputeEngine, threads: Int) {
            networks = AutoPathNetworks(backbone: backbone, width: width)
            parameters = networks.parameters(policy: true)
            (self.engine, self.threads) = (engine, threads)
        }

        func shape(_ input: [Int]) -> TensorShape {
            TensorShape(depth: input[1], height: input[2], width: input[3], channels: 1)
        }

        /// - Parameter body: gets the outputs by name while they are valid.
        func run(_ network: NetworkDescription, _ input: [Int], _ body: ([String: Tensor]) throws -> Void) rethrows {
            let shape = shape(input)
            let buffer = AlignedBuffer(count: shape.count)
            let x = Tensor(base: buffer.base, shape: shape)
            x.base.update(from: DeterministicWeights.input(count: shape.count), count: shape.count)
            let compiled = CompiledNetwork(
                network, weights: { DeterministicWeights.tensor($0, shape: parameters[$0] ?? []) }, engine: engine,
                layers: layers)
            let outputs = NetworkPlan(compiled, inputShapes: [shape]).run(
                [x], in: workspace, on: ComputePool(threads: threads))
            try body(Dictionary(uniqueKeysWithValues: zip(network.outputNames, outputs)))
        }
    }

    /// Of the output's range.
    static let tolerance = 2e-5

    @Test(
        "every path agrees with PyTorch, layer by layer: full, some blocks dropped, all dropped",
        arguments: Backbone.allCases, ComputeEngine.available)
    func paths(_ backbone: Backbone, _ engine: ComputeEngine) throws {
        let golden = try GoldenPaths(backbone)
        let runner = Runner(backbone, width: golden.architecture.width, engine, threads: 2)
        #expect(golden.paths.count == 3)
        for path in golden.paths {
            var network = runner.networks.backbone(path: path.keep)
            var outputs = ["Y": "logits"]
            for layer in path.outputs.keys where layer != "Y" {
                // A dropped block without a projection has no value of its own: L1.1 of R18, and L4.2.
                guard let value = network.value(of: String(layer.dropFirst("backbone.".count))) else { continue }
                network.output(layer, value)
                outputs[layer] = layer
            }
            #expect(outputs.count >= (path.keep.contains(true) ? path.outputs.count : 5))
            runner.run(network, golden.input_shape) { results in
                for (name, output) in outputs {
                    let error = results[output].flatMap { path.outputs[name]?.relativeError(of: $0, axes: "zyx") }
                    #expect(error ?? 1 < Self.tolerance, "\(name) of \(path.keep)")
                }
            }
        }
    }

    @Test(
        "the policy network agrees with PyTorch, with its published pooling and with the global one",
        arguments: Backbone.allCases, ComputeEngine.available)
    func policies(_ backbone: Backbone, _ engine: ComputeEngine) throws {
        let golden = try GoldenPaths(backbone)
        let runner = Runner(backbone, width: golden.architecture.width, engine, threads: 2)
        for policy in golden.policies {
            runner.run(runner.networks.policy(for: runner.shape(policy.input_shape)), policy.input_shape) { results in
                let error = results["keep"].flatMap { policy.outputs["keep"]?.relativeError(of: $0, axes: "zyx") }
                #expect(error ?? 1 < Self.tolerance)
            }
        }
    }

    @Test(
        "the same bits on repeat and for 1, 2 and 4 threads", arguments: Backbone.allCases, ComputeEngine.available)
    func bitwiseRepeat(_ backbone: Backbone, _ engine: ComputeEngine) throws {
        let golden = try GoldenPaths(backbone)
        var seen: [[UInt32]] = []
        for threads in [1, 1, 2, 4] {
            let runner = Runner(backbone, width: golden.architecture.width, engine, threads: threads)
            var bits: [UInt32] = []
            for network in golden.paths.map({ runner.networks.backbone(path: $0.keep) })
                + [runner.networks.policy(for: runner.shape(golden.input_shape))]
            {
                runner.run(network, golden.input_shape) { results in
                    for name in results.keys.sorted() { bits += results[name]?.elements.map(\.bitPattern) ?? [] }
                }
            }
            seen.append(bits)
        }
        for bits in seen { #expect(bits == seen[0]) }
    }

    @Test("names and shapes of the tensors are those of the training code", arguments: Backbone.allCases)
    func tensors(_ backbone: Backbone) throws {
        let golden = try GoldenPaths(backbone)
        let networks = AutoPathNetworks(backbone: backbone, width: golden.architecture.width)
        #expect(networks.parameters(policy: true) == golden.parameters)
        #expect(networks.parameters(policy: false).keys.allSatisfy { $0.hasPrefix("backbone.") })
    }

    @Test("as many parameters as published")
    func parameterCount() {
        func count(_ network: NetworkDescription) -> Int {
            network.parameters.filter { !$0.key.contains("running") }.values.map { $0.reduce(1, *) }.reduce(0, +)
        }
        let window = TensorShape(depth: 48, height: 256, width: 256, channels: 1)
        let r18 = AutoPathNetworks(backbone: .resNet18), r50 = AutoPathNetworks(backbone: .resNet50)
        #expect(count(r18.backbone(path: r18.fullPath)) == 44_463_104)
        #expect(count(r50.backbone(path: r50.fullPath)) == 90_095_104)
        #expect(count(r18.policy(for: window)) == 14_360_137)
        #expect(count(r50.policy(for: window)) == 14_364_241)
    }

    @Test("layers know the block that drops them")
    func blocks() {
        let r18 = AutoPathNetworks(backbone: .resNet18), r50 = AutoPathNetworks(backbone: .resNet50)
        #expect(r18.block(ofLayer: "L1.1.1") == 0)
        #expect(r18.block(ofLayer: "L2.1.2") == 2)
        #expect(r18.block(ofLayer: "L4.2.2") == 7)
        #expect(r50.block(ofLayer: "L3.6.3") == 12)
        for layer in ["L2.1.ds", "stem", "aspp.2", "decoder.1", ""] { #expect(r50.block(ofLayer: layer) == nil) }
    }

    @Test("a dropped block is left out: its work is saved, its projection stays")
    func work() {
        let networks = AutoPathNetworks(backbone: .resNet18, width: 4)
        let shape = TensorShape(depth: 16, height: 64, width: 64, channels: 1)
        func steps(_ path: [Bool]) -> [StepReport] {
            let compiled = CompiledNetwork(
                networks.backbone(path: path), weights: { name in
                    [Float](repeating: 1, count: networks.parameters(policy: false)[name]?.reduce(1, *) ?? 0)
                }, engine: .openBLAS)
            return NetworkPlan(compiled, inputShapes: [shape]).steps
        }
        func work(_ steps: [StepReport]) -> Int { steps.reduce(0) { $0 + $1.multiplyAccumulates } }
        let full = steps(networks.fullPath)
        for block in 0..<networks.blockCount {
            var path = networks.fullPath
            path[block] = false
            let left = steps(path)
            #expect(left.allSatisfy { networks.block(ofLayer: $0.layer) != block })
            let saved = work(full.filter { networks.block(ofLayer: $0.layer) == block })
            #expect(saved > 0)
            #expect(work(left) == work(full) - saved)
        }
        #expect(steps(Array(repeating: false, count: 8)).contains { $0.layer == "L4.1.ds" })
    }
}
