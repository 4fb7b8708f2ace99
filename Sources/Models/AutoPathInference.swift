internal import Foundation
package import Geometry
package import Imaging
package import NeuralNetworks
internal import Synchronization
internal import Tensors

/// AutoPath on a preprocessed image: windows of whole slices, for each of which the blocks of the backbone are chosen;
/// probabilities, averaged where windows overlap.
///
/// The published evaluation has one window per case; windows without overlap, the last one shifted back, and the mean
/// are ours (Docs/Decisions/0007).
package final class AutoPathInference: Sendable {
    package struct Result {
        /// On the image's grid.
        package let probabilities: Grid<Float>
        package let usage: BlockUsage
        /// What the user should know about the run.
        package let messages: [String]
    }

    /// The total stride in plane: the side of a cell of the deepest map, and the least side of an image.
    private static let cell = 32

    let networks: AutoPathNetworks
    let hasPolicy: Bool
    /// Slices.
    let windowDepth: Int
    private let resources: InferenceResources
    /// Of all blocks and the policy network: no path needs other weights.
    private let layers = LayerCache()
    private let workspace = Workspace()
    private let costs = Mutex<[TensorShape: BlockCosts]>([:])

    /// - Parameter weights: every tensor of `networks.parameters` by name.
    package init(
        _ networks: AutoPathNetworks, hasPolicy: Bool, windowDepth: Int, weights: (String) throws -> [Float],
        resources: InferenceResources
    ) throws {
        self.networks = networks
        self.hasPolicy = hasPolicy
        self.windowDepth = windowDepth
        self.resources = resources
        _ = try compiled(networks.backbone(path: networks.fullPath), weights)
        let any = TensorShape(depth: 1, height: 1, width: 1, channels: 1)
        if hasPolicy { _ = try compiled(networks.policy(for: any), weights) }
    }

    /// Not to be called on two threads at once.
    /// - Parameter clock: started with the run, for the time budget.
    package func run(
        on image: consuming Grid<Float>, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> Result {
        let chooser = try PathChooser(effort, blockCount: networks.blockCount, hasPolicy: hasPolicy)
        let windows = SliceWindows(imageSize: image.size, depth: windowDepth)
        try check(windows)
        let buffer = AlignedBuffer(count: windows.shape.count)
        let window = Tensor(base: buffer.base, shape: windows.shape)
        var mean = WindowMean(windows)
        var record = BlockRecord()
        let starts = windows.starts
        for (number, start) in starts.enumerated() {
            windows.copy(from: image, start: start, into: window)
            let keep = chooser.asksPolicy ? clock.measure("policy") { keepProbabilities(of: window, &record) } : []
            let path = chooser.path(
                window: number, keepProbabilities: keep, costs: costs(of: window.shape),
                elapsedSeconds: clock.elapsedSeconds, windowsLeft: starts.count - number)
            clock.measure("backbone") { mean.add(probabilities(of: window, path, &record), start: start) }
            record.add(BlockUsage.Window(firstSlice: start, isComputed: path, keepProbabilities: keep))
            progress(0.1 + 0.8 * Double(number + 1) / Double(starts.count))
        }
        let usage = record.usage(
            strategy: chooser.name, fullMultiplyAccumulates: fullPlan(window.shape).multiplyAccumulates,
            fullSeconds: costs(of: window.shape).fullSeconds)
        let messages = chooser.messages(record.windows, elapsedSeconds: clock.elapsedSeconds)
        return Result(
            probabilities: mean.mean(), usage: usage,
            messages: [windows.message].compactMap(\.self) + [usage.sentence] + messages)
    }

    package func forecast(for size: GridSize) -> Forecast {
        let windows = SliceWindows(imageSize: size, depth: windowDepth)
        let plans = plans(windows.shape)
        let count = windows.starts.count
        return Forecast(
            peakBytes: bytes(windows, plans),
            multiplyAccumulates: count * plans.map(\.multiplyAccumulates).reduce(0, +),
            seconds: Double(count) * plans.map { $0.forecastSeconds(threads: resources.pool.threadCount) }.reduce(0, +))
    }
}

// The networks.
extension AutoPathInference {
    private func compiled(
        _ description: NetworkDescription, _ weights: (String) throws -> [Float]
    ) rethrows -> CompiledNetwork {
        try CompiledNetwork(
            description, weights: weights, engine: resources.engine, layers: layers)
    }

    private func plan(_ description: NetworkDescription, _ shape: TensorShape) -> NetworkPlan {
        let network = compiled(description) { name in preconditionFailure("\(name) is not among the layers") }
        return NetworkPlan(network, inputShapes: [shape])
    }

    private func fullPlan(_ shape: TensorShape) -> NetworkPlan {
        plan(networks.backbone(path: networks.fullPath), shape)
    }

    /// At most this runs on a window.
    private func plans(_ shape: TensorShape) -> [NetworkPlan] {
        [fullPlan(shape)] + (hasPolicy ? [plan(networks.policy(for: shape), shape)] : [])
    }

    private func keepProbabilities(of window: Tensor, _ record: inout BlockRecord) -> [Float] {
        let keep = run(plan(networks.policy(for: window.shape), window.shape), window, &record) { _ in .policy }
        return keep.elements.prefix(networks.blockCount).map { 1 / (1 + exp(-$0)) }
    }

    private func probabilities(of window: Tensor, _ path: [Bool], _ record: inout BlockRecord) -> Tensor {
        let plan = plan(networks.backbone(path: path), window.shape)
        let logits = run(plan, window, &record, part: part(ofLayer:))
        resources.pool.forEach(logits.shape.depth) { plane, _ in
            let count = logits.shape.count / logits.shape.depth
            for index in plane * count..<(plane + 1) * count { logits.base[index] = 1 / (1 + exp(-logits.base[index])) }
        }
        return logits
    }

    private func part(ofLayer layer: String) -> BlockCosts.Part {
        networks.block(ofLayer: layer).map(BlockCosts.Part.block) ?? .rest
    }

    /// Runs a network and takes down what its parts cost.
    private func run(
        _ plan: NetworkPlan, _ window: Tensor, _ record: inout BlockRecord, part: @escaping (String) -> BlockCosts.Part
    ) -> Tensor {
        var seconds: [BlockCosts.Part: Double] = [:]
        let outputs = plan.run([window], in: workspace, on: resources.pool) { [resources] step, time in
            seconds[part(step.layer), default: 0] += time
            resources.recorder?.observer(step, time)
        }
        record.add(multiplyAccumulates: plan.multiplyAccumulates, seconds: seconds.values.reduce(0, +))
        var known = costs(of: window.shape)
        known.record(seconds)
        costs.withLock { $0[window.shape] = known }
        return outputs[0]
    }

    /// What is known of the costs of a window of this shape.
    private func costs(of shape: TensorShape) -> BlockCosts {
        if let known = costs.withLock({ $0[shape] }) { return known }
        var work: [BlockCosts.Part: Int] = [:]
        let plans = plans(shape)
        for step in plans[0].steps { work[part(ofLayer: step.layer), default: 0] += step.multiplyAccumulates }
        if hasPolicy { work[.policy] = plans[1].multiplyAccumulates }
        let known = BlockCosts(multiplyAccumulates: work)
        costs.withLock { $0[shape] = known }
        return known
    }
}

// What is too small or too large.
extension AutoPathInference {
    private func check(_ windows: SliceWindows) throws(SegmentationError) {
        let size = windows.imageSize
        guard min(size.width, size.height) >= Self.cell, size.depth >= 1 else {
            throw SegmentationError(
                .unsuitableVolume,
                "The image has \(size.width) x \(size.height) pixels as the network sees it; it needs \(Self.cell) "
                    + "along each side.")
        }
        try resources.memoryLimit.check(bytes(windows, plans(windows.shape)))
    }

    /// The image and its probabilities, a window, and the larger network's values.
    private func bytes(_ windows: SliceWindows, _ plans: [NetworkPlan]) -> Int {
        let arena = plans.map { $0.arenaFloats(workers: resources.pool.threadCount) }.max() ?? 0
        return (2 * windows.imageSize.count + windows.shape.count + arena) * MemoryLayout<Float>.stride
    }
}
