public import Tensors

/// The convolutional LSTM with its weights.
public final class ConvolutionalLSTM: Sendable {
    /// Sides of a slice are multiples of this.
    public static let sideMultiple = 16

    public let networks: ConvolutionalLSTMNetworks
    public let engine: ComputeEngine
    let unet: CompiledNetwork
    let recurrence: CompiledNetwork
    let readout: CompiledNetwork

    /// - Parameter weights: every tensor of the three networks by name.
    public init(
        _ networks: ConvolutionalLSTMNetworks, weights: (String) throws -> [Float], engine: ComputeEngine
    ) rethrows {
        self.networks = networks
        self.engine = engine
        unet = try CompiledNetwork(networks.unet, weights: weights, engine: engine)
        recurrence = try CompiledNetwork(networks.recurrence, weights: weights, engine: engine)
        readout = try CompiledNetwork(networks.readout, weights: weights, engine: engine)
    }
}

/// Runs over the slices of one volume, in order; what it holds does not grow with their number.
///
/// The U-Net sees several slices at once, which changes nothing in its results (with OpenBLAS their last bits); only
/// the recurrence goes slice by slice.
public final class ConvolutionalLSTMRun {
    private let lstm: ConvolutionalLSTM
    private let workspace: Workspace
    private let stepWorkspace = Workspace()
    private let readoutWorkspace = Workspace()
    private let unetPlan: NetworkPlan
    private let recurrencePlan: NetworkPlan
    /// The state after the slice before at 0, then after each slice.
    private let hidden: Tensor
    /// After the latest slice.
    private let cell: Tensor
    private let buffers: [AlignedBuffer]

    /// - Parameters:
    ///   - slices: how many the U-Net sees at once at most, their height and width, one channel per input channel.
    ///   - workspace: for the U-Net's values.
    public init(_ lstm: ConvolutionalLSTM, slices: TensorShape, workspace: Workspace) {
        self.lstm = lstm
        self.workspace = workspace
        let states = slices.withChannels(lstm.engine.storedChannels(lstm.networks.hiddenChannels))
        unetPlan = NetworkPlan(lstm.unet, inputShapes: [slices])
        recurrencePlan = NetworkPlan(
            lstm.recurrence, inputShapes: [states.slices(1), unetPlan.outputShapes[0].slices(1)])
        buffers = [states.slices(slices.depth + 1), states.slices(1)].map { AlignedBuffer(count: $0.count) }
        hidden = Tensor(base: buffers[0].base, shape: states.slices(slices.depth + 1))
        cell = Tensor(base: buffers[1].base, shape: states.slices(1))
        hidden.elements.initialize(repeating: 0)
        cell.elements.initialize(repeating: 0)
    }

    /// What a run takes, the slices themselves not counted.
    public func peakBytes(workers: Int) -> Int {
        let readout = NetworkPlan(lstm.readout, inputShapes: [hidden.slices(1..<hidden.shape.depth).shape])
        let arenas = [unetPlan, recurrencePlan, readout].map { $0.arenaFloats(workers: workers) }
        return (arenas.reduce(0, +) + hidden.shape.count + cell.shape.count) * MemoryLayout<Float>.stride
    }

    /// Of one slice.
    public var multiplyAccumulates: Int {
        let readout = NetworkPlan(lstm.readout, inputShapes: [cell.shape])
        return unetPlan.multiplyAccumulates / unetPlan.inputShapes[0].depth + recurrencePlan.multiplyAccumulates
            + readout.multiplyAccumulates
    }

    /// Of one slice, on so many threads that have a core each.
    public func forecastSeconds(threads: Int) -> Double {
        let readout = NetworkPlan(lstm.readout, inputShapes: [cell.shape])
        return unetPlan.forecastSeconds(threads: threads) / Double(unetPlan.inputShapes[0].depth)
            + recurrencePlan.forecastSeconds(threads: threads) + readout.forecastSeconds(threads: threads)
    }

    /// What comes out of some slices; valid until the next ones.
    public struct Output {
        /// What the U-Net says of each slice; four groups of channels: i, f, o, g.
        public let gates: Tensor
        /// The hidden state after each slice.
        public let hidden: Tensor
        /// The cell after the last of the slices.
        public let cell: Tensor
        public let logits: Tensor
    }

    /// The next slices.
    /// - Parameters:
    ///   - slices: at most as many as planned.
    ///   - observer: is told the seconds that each step of the networks took.
    public func run(
        _ slices: Tensor, on pool: ComputePool, observer: ((StepReport, _ seconds: Double) -> Void)? = nil
    ) -> Output {
        let count = slices.shape.depth
        precondition(count < hidden.shape.depth, "more slices than planned")
        let plan =
            slices.shape == unetPlan.inputShapes[0] ? unetPlan : NetworkPlan(lstm.unet, inputShapes: [slices.shape])
        let gates = plan.run([slices], in: workspace, on: pool, observer: observer)[0]
        hidden.slices(0..<1).base.update(from: lastHidden.base, count: cell.shape.count)
        for slice in 0..<count {
            step(
                from: hidden.slices(slice..<slice + 1), gates.slices(slice..<slice + 1),
                to: hidden.slices(slice + 1..<slice + 2), on: pool, observer)
        }
        lastSlot = count
        let states = hidden.slices(1..<count + 1)
        let readout = NetworkPlan(lstm.readout, inputShapes: [states.shape])
        let logits = readout.run([states], in: readoutWorkspace, on: pool, observer: observer)
        return Output(gates: gates, hidden: states, cell: cell, logits: logits[0])
    }

    /// Where the state after the latest slice lies.
    private var lastSlot = 0

    private var lastHidden: Tensor { hidden.slices(lastSlot..<lastSlot + 1) }

    /// c = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c).
    private func step(
        from before: Tensor, _ gates: Tensor, to after: Tensor, on pool: ComputePool,
        _ observer: ((StepReport, _ seconds: Double) -> Void)?
    ) {
        let sum = recurrencePlan.run([before, gates], in: stepWorkspace, on: pool, observer: observer)[0]
        let channels = lstm.networks.hiddenChannels, rowCount = sum.shape.height
        pool.forEach((rowCount + Self.rowsPerItem - 1) / Self.rowsPerItem) { [cell] item, _ in
            let rows = item * Self.rowsPerItem..<min((item + 1) * Self.rowsPerItem, rowCount)
            Kernels.lstmGates(sum, channels: channels, rows: rows, cell: cell, hidden: after)
        }
    }

    private static let rowsPerItem = 8
}

extension TensorShape {
    fileprivate func slices(_ count: Int) -> TensorShape {
        TensorShape(depth: count, height: height, width: width, channels: channels)
    }
}

extension Tensor {
    /// Some of the slices, in place.
    fileprivate func slices(_ range: Range<Int>) -> Tensor {
        let slice = shape.height * shape.width * shape.channels
        return Tensor(base: base + range.lowerBound * slice, shape: shape.slices(range.count))
    }
}
