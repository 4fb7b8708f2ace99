package import Geometry
package import Imaging
package import NeuralNetworks
internal import Tensors

/// The two-stage inference of LowRes on a preprocessed image: Stage 1 over the whole of it, Stage 2 once per proposed
/// box.
///
/// Boxes are the bounding boxes of the 26-connected components of Stage 1's foreground with a margin of one cell, in
/// the order of the components; where boxes overlap the later one wins (the published semantics).
///
/// Where the maps of Stage 1 are large they are streamed: see `LowResStage1`. The result is the same, bit for bit.
package final class LowResInference: Sendable {
    package struct Result {
        /// On the image's grid.
        package let logits: Grid<Float>
        /// In cells of 8 x 8 x 8 voxels of the padded image, in the order of the components.
        package let boxes: [VoxelBox]
        package let cells: GridSize
        package let multiplyAccumulates: Int
        /// The map at half resolution was not kept as a whole.
        package let wasStreamed: Bool
    }

    /// The logits outside of all boxes.
    package enum Outside: Sendable {
        /// Minus infinity: Stage 1's logits are never positive there, so the mask is the same.
        case nothing
        /// Those of Stage 1, as in the published code.
        case stage1
    }

    /// Where Stage 2 looks.
    package enum Detail: Sendable {
        case proposed
        /// Boxes of cells, whatever Stage 1 says: for measurements.
        case boxes([VoxelBox])
    }

    /// Whether Stage 1 is streamed.
    package enum Streaming: Sendable {
        /// Where the whole does not fit the memory limit or is very large.
        case automatic
        case always, never
    }

    /// Voxels per cell along each axis.
    static let cell = 8
    private static let margin = 1

    private let stage1: LowResStage1
    private let stage2: CompiledNetwork
    private let resources: InferenceResources
    private let image = Workspace()
    private let boxWorkspaces: [BoxWorkspace]
    private let streaming: Streaming

    package init(
        _ networks: LowResNetworks, weights: (String) throws -> [Float], _ resources: InferenceResources,
        streaming: Streaming = .automatic
    ) rethrows {
        stage1 = try LowResStage1(networks, weights: weights, engine: resources.engine)
        stage2 = try CompiledNetwork(networks.stage2, weights: weights, engine: resources.engine)
        boxWorkspaces = (0..<resources.pool.threadCount).map { _ in BoxWorkspace() }
        self.resources = resources
        self.streaming = streaming
    }

    private var pool: ComputePool { resources.pool }

    /// Not to be called on two threads at once.
    package func run(
        on image: consuming Grid<Float>, outside: Outside = .nothing, detail: Detail = .proposed,
        _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> Result {
        let plan = plan(for: image.size), stage1Bytes = bytes(plan, image.size)
        try resources.memoryLimit.check(stage1Bytes)
        let start = ContinuousClock.now
        let padded = PaddedImage(consume image, multiple: Self.cell, in: self.image, on: pool)  // frees the image
        clock.add("padding", (ContinuousClock.now - start) / .seconds(1))
        let maps = clock.measure("stage 1") { stage1.run(plan, on: padded.tensor, pool, resources.recorder) }
        progress(0.5)
        let proposals = clock.measure("proposals") {
            switch detail {
            case .proposed: Proposals(stage1Logits: maps.y8, margin: Self.margin)
            case .boxes(let boxes): Proposals(maps.y8.shape, boxes: boxes)
            }
        }
        let boxes = DetailBoxes(maps, proposals, stage1: stage1, stage2: stage2, image: padded)
        try resources.memoryLimit.check(stage1Bytes + boxes.peakBytes(threads: pool.threadCount))
        let logits = clock.measure("stage 2") {
            boxes.run(
                on: pool, boxWorkspaces, outside: outside, resources.recorder, progress: progress)
        }
        return Result(
            logits: logits, boxes: proposals.boxes, cells: proposals.cells,
            multiplyAccumulates: plan.multiplyAccumulates + boxes.multiplyAccumulates, wasStreamed: plan.isStreamed)
    }

    /// Stage 1 over an image of this size; Stage 2 depends on what it proposes.
    package func forecast(for size: GridSize) -> Forecast {
        let plan = plan(for: size)
        return Forecast(
            peakBytes: bytes(plan, size), multiplyAccumulates: plan.multiplyAccumulates,
            seconds: plan.forecastSeconds(threads: pool.threadCount))
    }

    private func plan(for size: GridSize) -> NetworkPlan {
        let shape = PaddedImage.paddedShape(size, multiple: Self.cell), whole = stage1.wholePlan(shape)
        let isLarge = bytes(whole, size) > min(resources.memoryLimit.bytes ?? .max, Self.largestWholeBytes)
        return streaming == .always || streaming == .automatic && isLarge ? stage1.streamedPlan(shape) : whole
    }

    private static let largestWholeBytes = 3 << 29

    /// The padded image, the arena and the logits.
    private func bytes(_ plan: NetworkPlan, _ size: GridSize) -> Int {
        let floats = plan.inputShapes[0].count + plan.arenaFloats(workers: pool.threadCount) + size.count
        return floats * MemoryLayout<Float>.stride
    }
}

extension GridSize {
    init(_ shape: TensorShape) {
        self.init(width: shape.width, height: shape.height, depth: shape.depth)
    }
}
