import Foundation
import NeuralNetworks
import Tensors
import Testing

/// The convolutional LSTM against PyTorch, on deterministic weights.
@Suite struct ConvolutionalLSTMParityTests {
    struct GoldenLSTM: Decodable {
        struct Architecture: Decodable {
            let width: Int
            let hidden: Int
        }

        let architecture: Architecture
        let parameters: [String: [Int]]
        let input_shape: [Int]
        let outputs: [String: Golden.Sample]

        var networks: ConvolutionalLSTMNetworks {
            ConvolutionalLSTMNetworks(
                width: architecture.width, hidden: architecture.hidden, inChannels: 1, outChannels: 1)
        }

        /// Slices, rows, columns.
        var shape: TensorShape {
            TensorShape(depth: input_shape[1], height: input_shape[2], width: input_shape[3], channels: 1)
        }
    }

    let golden: GoldenLSTM

    init() throws {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        golden = try JSONDecoder().decode(
            GoldenLSTM.self, from: Data(contentsOf: fixtures.appending(path: "Fixtures/golden-clstm.json")))
    }

    /// All slices, some at once.
    final class Run {
        /// By the names of the golden file; all slices.
        private(set) var values: [String: [Float]] = ["unet.gates": [], "h": [], "Y": []]
        private(set) var shapes: [String: TensorShape] = [:]
        /// After the last slice.
        private(set) var cell: [Float] = []

        init(_ golden: GoldenLSTM, slicesAtOnce: Int, threads: Int, engine: ComputeEngine) {
            let shape = golden.shape, area = shape.height * shape.width
            let lstm = ConvolutionalLSTMParityTests.lstm(golden, engine)
            let run = ConvolutionalLSTMRun(
                lstm, slices: TensorShape(depth: slicesAtOnce, height: shape.height, width: shape.width, channels: 1),
                workspace: Workspace())
            let pool = ComputePool(threads: threads)
            let volume = AlignedBuffer(count: shape.count)
            volume.base.update(from: DeterministicWeights.input(count: shape.count), count: shape.count)
            for first in stride(from: 0, to: shape.depth, by: slicesAtOnce) {
                let count = min(slicesAtOnce, shape.depth - first)
                let slices = Tensor(
                    base: volume.base + first * area,
                    shape: TensorShape(depth: count, height: shape.height, width: shape.width, channels: 1))
                let output = run.run(slices, on: pool)
                for (name, tensor) in [("unet.gates", output.gates), ("h", output.hidden), ("Y", output.logits)] {
                    values[name]? += tensor.elements
                    shapes[name] = tensor.shape
                }
                cell = Array(output.cell.elements)
            }
        }

        var bits: [[UInt32]] { values.sorted { $0.key < $1.key }.map { $0.value.map(\.bitPattern) } }
    }

    static func lstm(_ golden: GoldenLSTM, _ engine: ComputeEngine) -> ConvolutionalLSTM {
        ConvolutionalLSTM(
            golden.networks, weights: { DeterministicWeights.tensor($0, shape: golden.parameters[$0] ?? []) },
            engine: engine)
    }

    @Test("gates, states and logits of every slice agree with PyTorch", arguments: ComputeEngine.available)
    func parity(_ engine: ComputeEngine) throws {
        let run = Run(golden, slicesAtOnce: 2, threads: 2, engine: engine)
        for (name, values) in run.values {
            let sample = try #require(golden.outputs[name]), shape = try #require(run.shapes[name])
            var all = values
            let error = all.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.map {
                    let tensor = Tensor(
                        base: $0,
                        shape: TensorShape(
                            depth: golden.shape.depth, height: shape.height, width: shape.width,
                            channels: shape.channels))
                    return sample.relativeError(of: tensor, axes: "zyx")
                }
            }
            #expect(try #require(error) < 2e-5, "\(name)")
        }
    }

    @Test("the same bits on repeat, for 1, 2 and 4 threads, and (with our kernels) for any number of slices at once",
        arguments: ComputeEngine.available)
    func bitwiseRepeat(_ engine: ComputeEngine) {
        let expected = Run(golden, slicesAtOnce: 1, threads: 1, engine: engine).bits
        for (slices, threads) in [(1, 1), (1, 2), (1, 4), (2, 2), (3, 1), (5, 4)]
        where slices == 1 || engine != .openBLAS {
            let same = Run(golden, slicesAtOnce: slices, threads: threads, engine: engine).bits == expected
            #expect(same, "\(slices) slices at once, \(threads) threads")
        }
    }

    @Test("the published network has the published number of parameters, and Python's names")
    func parameters() {
        let published = ConvolutionalLSTMNetworks(width: 64, hidden: 1, inChannels: 1, outChannels: 1)
        func count(_ network: NetworkDescription) -> Int {
            network.parameters.filter { !$0.key.contains("running") }.map { $0.value.reduce(1, *) }.reduce(0, +)
        }
        #expect(count(published.unet) == 31_383_876)
        #expect(count(published.recurrence) == 40)
        #expect(count(published.readout) == 2)
        let networks = golden.networks
        let table = [networks.unet, networks.recurrence, networks.readout].reduce(into: [:]) {
            $0.merge($1.parameters) { first, _ in first }
        }
        #expect(table == golden.parameters)
    }

    @Test("what a run holds does not grow with the number of slices that went through it")
    func constantMemory() {
        let lstm = Self.lstm(golden, .available[0]), pool = ComputePool(threads: 1)
        let shape = TensorShape(depth: 2, height: 16, width: 32, channels: 1)
        let workspace = Workspace()
        let run = ConvolutionalLSTMRun(lstm, slices: shape, workspace: workspace)
        let bytes = run.peakBytes(workers: 1)
        let buffer = AlignedBuffer(count: shape.count)
        buffer.base.update(from: DeterministicWeights.input(count: shape.count), count: shape.count)
        let first = run.run(Tensor(base: buffer.base, shape: shape), on: pool).logits.base
        for _ in 0..<20 {
            #expect(run.run(Tensor(base: buffer.base, shape: shape), on: pool).logits.base == first)
        }
        #expect(run.peakBytes(workers: 1) == bytes)
    }
}
