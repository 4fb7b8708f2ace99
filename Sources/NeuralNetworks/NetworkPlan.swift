public import Tensors

/// A network laid out for one input shape: where every value lies in the arena, and so how much memory a run takes.
public struct NetworkPlan: Sendable {
    public let network: CompiledNetwork
    public let inputShapes: [TensorShape]
    /// By node.
    let shapes: [TensorShape]
    /// By node: the first float of its value in the arena; nil for inputs and for what is fused away.
    let offsets: [Int?]
    /// Floats of the arena that hold values; scratch lies behind them.
    let valueFloats: Int
    let scratchFloatsPerWorker: Int
    public let multiplyAccumulates: Int

    /// - Parameter inputShapes: in the order of the description's `inputNames`; channels as the engine stores them.
    public init(_ network: CompiledNetwork, inputShapes: [TensorShape]) {
        self.network = network
        self.inputShapes = inputShapes
        shapes = network.description.shapes(inputShapes, storedChannels: network.engine.storedChannels)
        var planner = MemoryPlanner(network, shapes: shapes)
        offsets = planner.plan()
        valueFloats = planner.arenaFloats
        let shapes = shapes
        scratchFloatsPerWorker = network.steps.map { $0.scratchFloats(shapes) }.max() ?? 0
        multiplyAccumulates = network.steps.map { $0.multiplyAccumulates(shapes) }.reduce(0, +)
    }

    /// Floats that a run with this many workers takes from its workspace.
    public func arenaFloats(workers: Int) -> Int {
        valueFloats + workers * scratchFloatsPerWorker
    }
}

extension CompiledNetwork.Step {
    fileprivate func multiplyAccumulates(_ shapes: [TensorShape]) -> Int {
        guard case .convolution(let convolution) = work else { return 0 }
        return shapes[node].voxelCount * convolution.multiplyAccumulatesPerVoxel
    }

    fileprivate func scratchFloats(_ shapes: [TensorShape]) -> Int {
        switch work {
        case .convolution(let step): AlignedBuffer.wholeLines(step.convolution.scratchFloats(shapes[node]))
        case .upsample2: AlignedBuffer.wholeLines(shapes[operands[0]].width * shapes[operands[0]].channels)
        case .add, .concatenate, .averagePool, .maxPool: 0
        }
    }
}
