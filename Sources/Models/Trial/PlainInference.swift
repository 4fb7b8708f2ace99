internal import Geometry
internal import Imaging
internal import NeuralNetworks
internal import Tensors

/// One network with one input and one output, once over the whole image: as its work per patch is quoted.
struct PlainInference: ImageInference {
    private let network: CompiledNetwork
    private let resources: InferenceResources
    private let workspace = Workspace()

    init(
        _ description: NetworkDescription, _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws {
        network = try CompiledNetwork(description, weights: weights, engine: resources.engine)
        self.resources = resources
    }

    func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast {
        guard let plan = try? plan(size) else { return Forecast(peakBytes: 0, multiplyAccumulates: 0) }
        let floats = size.count + plan.arenaFloats(workers: resources.pool.threadCount)
        return Forecast(
            peakBytes: floats * MemoryLayout<Float>.stride, multiplyAccumulates: plan.multiplyAccumulates)
    }

    func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let size = image.grid.size
        let plan = try plan(size)
        var grid = image.grid
        let output = clock.measure("network") {
            grid.elements.withUnsafeMutableBufferPointer { buffer -> Grid<Float> in
                guard let base = buffer.baseAddress else { return Grid(size: size, elements: []) }
                let input = Tensor(base: base, shape: Self.shape(size))
                let output = plan.run(
                    [input], in: workspace, on: resources.pool,
                    observer: resources.recorder?.observer)[0]
                return Self.firstChannel(of: output)
            }
        }
        return ImagePrediction(scores: ScoreMap(values: output, scale: .logit), path: network.description.name)
    }

    private func plan(_ size: GridSize) throws(SegmentationError) -> NetworkPlan {
        let shape = Self.shape(size)
        do {
            _ = try network.description.outputExtents([shape.extent])
        } catch {
            throw SegmentationError(.unsuitableVolume, "\(error)")
        }
        return NetworkPlan(network, inputShapes: [shape])
    }

    private static func shape(_ size: GridSize) -> TensorShape {
        TensorShape(depth: size.depth, height: size.height, width: size.width, channels: 1)
    }

    private static func firstChannel(of tensor: Tensor) -> Grid<Float> {
        let shape = tensor.shape
        return Grid(
            size: GridSize(width: shape.width, height: shape.height, depth: shape.depth),
            elements: stride(from: 0, to: shape.count, by: shape.channels).map { tensor.elements[$0] })
    }
}
