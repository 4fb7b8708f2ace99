public import Tensors

/// A network laid out for one input shape: what computes each layer best, where every value lies in the arena, and so
/// how much memory and work a run takes.
public struct NetworkPlan: Sendable {
    public let network: CompiledNetwork
    public let inputShapes: [TensorShape]
    /// What a run does, in order.
    public let steps: [StepReport]
    /// By step: the convolution as it is best computed for these shapes; nil for what is no convolution.
    let convolutions: [(any Convolution)?]
    /// By node.
    let shapes: [TensorShape]
    /// By node: the first float of its value in the arena; nil for inputs and for what is fused away.
    let offsets: [Int?]
    /// Floats of the arena that hold values; scratch lies behind them.
    let valueFloats: Int
    /// Parts of the workspace that hold none of the outputs after a run.
    public let spareParts: [Range<Int>]
    let scratchFloatsPerWorker: Int
    /// Nil if all values are in memory as a whole.
    let streaming: Streaming?
    /// What a run returns: name and node.
    let outputs: [(name: String, node: Int)]

    /// - Parameters:
    ///   - inputShapes: in the order of the description's `inputNames`; channels as the engine stores them; extents
    ///     that the network takes (`NetworkDescription.outputExtents` tells).
    ///   - dropped: an output that is not kept, so that the steps up to its last reader need only a few planes of their
    ///     values at a time. The other outputs have the same bits.
    public init(_ network: CompiledNetwork, inputShapes: [TensorShape], dropping dropped: String? = nil) {
        let shapes = Self.shapes(network, inputShapes)
        self.network = network
        self.inputShapes = inputShapes
        self.shapes = shapes
        let convolutions = network.steps.map { $0.convolution(shapes) }
        self.convolutions = convolutions
        outputs = network.description.outputs.filter { $0.name != dropped }
        streaming = network.description.outputs.first { $0.name == dropped }.map {
            Streaming(network, dropping: $0.node, shapes, convolutions)
        }
        let windows = streaming?.windows ?? [:]
        var planner = MemoryPlanner(
            network, floats: shapes.indices.map { (windows[$0] ?? shapes[$0].depth) * shapes[$0].planeFloats },
            kept: outputs.map(\.node), streamedSteps: streaming?.stepCount ?? 0)
        offsets = planner.plan()
        valueFloats = planner.arenaFloats
        spareParts = planner.free
        scratchFloatsPerWorker = zip(network.steps, convolutions).map { $0.scratchFloats($1, shapes) }.max() ?? 0
        steps = zip(network.steps, convolutions).map {
            $0.report($1, shapes, network: network.description.name)
        }
    }

    private static func shapes(_ network: CompiledNetwork, _ inputs: [TensorShape]) -> [TensorShape] {
        guard let extents = try? network.description.extents(inputs.map(\.extent)) else {
            preconditionFailure("inputs of extents that the network does not take")
        }
        let shapes = zip(extents, network.description.nodes).map {
            TensorShape($0, channels: network.engine.storedChannels($1.channels))
        }
        let planned = zip(shapes, network.description.nodes).compactMap { shape, node in
            if case .input = node.operation { shape } else { nil }
        }
        precondition(planned == inputs, "inputs with other channels than the network has")
        return shapes
    }

    public var multiplyAccumulates: Int { steps.map(\.multiplyAccumulates).reduce(0, +) }

    /// Only a few planes of some values are in memory at a time.
    public var isStreamed: Bool { streaming != nil }

    /// The outputs that a run returns: those of the description without the one that is dropped.
    public var outputNames: [String] { outputs.map(\.name) }

    /// The shapes of the outputs, in the order of `outputNames`.
    public var outputShapes: [TensorShape] { outputs.map { shapes[$0.node] } }

    /// Floats that a run with this many workers takes from its workspace.
    public func arenaFloats(workers: Int) -> Int {
        valueFloats + workers * scratchFloatsPerWorker
    }
}

extension CompiledNetwork.Step {
    fileprivate func convolution(_ shapes: [TensorShape]) -> (any Convolution)? {
        guard case .convolution(let convolution, _) = work else { return nil }
        return convolution.planned(for: shapes[operands[0]], output: shapes[results[0]])
    }

    fileprivate func scratchFloats(_ convolution: (any Convolution)?, _ shapes: [TensorShape]) -> Int {
        switch work {
        case .convolution: AlignedBuffer.wholeLines(convolution?.scratchFloats(shapes[results[0]]) ?? 0)
        case .layer(let work): AlignedBuffer.wholeLines(work.scratchFloats(shapes[operands[0]]))
        }
    }

    fileprivate func report(
        _ convolution: (any Convolution)?, _ shapes: [TensorShape], network: String
    ) -> StepReport {
        let values = (operands + results).map { shapes[$0].count * MemoryLayout<Float>.stride }.reduce(0, +)
        switch work {
        case .convolution(_, let layer):
            let work = layer.multiplyAccumulates(from: shapes[operands[0]].extent, to: shapes[results[0]].extent)
            return StepReport(
                network: network, layer: name, algorithm: convolution?.algorithm ?? "", multiplyAccumulates: work,
                bytes: values + (convolution?.weightBytes ?? 0))
        case .layer(let work):
            return StepReport(
                network: network, layer: name, algorithm: work.name, multiplyAccumulates: 0, bytes: values)
        }
    }
}
