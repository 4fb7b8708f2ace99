package import Geometry
package import Imaging
package import NeuralNetworks
package import Tensors

/// The two-stage inference of LowRes on a preprocessed image: Stage 1 over the whole of it, Stage 2 once per proposed
/// box.
///
/// Boxes are the bounding boxes of the 26-connected components of Stage 1's foreground with a margin of one cell, in
/// the order of the components; where boxes overlap the later one wins (the published semantics). Outside of all boxes
/// the logit is minus infinity, where the published code has Stage 1's logit, never positive there: the mask is the
/// same.
package final class LowResInference: Sendable {
    package struct Result {
        /// On the image's grid.
        package let logits: Grid<Float>
        /// In cells of 8 x 8 x 8 voxels of the padded image, in the order of the components.
        package let boxes: [VoxelBox]
        package let cells: GridSize
        package let multiplyAccumulates: Int
    }

    /// Voxels per cell along each axis.
    static let cell = 8
    private static let margin = 1

    private let stage1: CompiledNetwork
    private let stage2: CompiledNetwork
    private let pool: ComputePool
    private let workspace = Workspace()
    private let boxWorkspaces: [BoxWorkspace]
    private let memoryLimitBytes: Int?

    package init(
        _ networks: LowResNetworks, weights: (String) throws -> [Float], pool: ComputePool, memoryLimitBytes: Int?,
        engine: ComputeEngine
    ) rethrows {
        stage1 = try CompiledNetwork(networks.stage1, weights: weights, engine: engine)
        stage2 = try CompiledNetwork(networks.stage2, weights: weights, engine: engine)
        boxWorkspaces = (0..<pool.threadCount).map { _ in BoxWorkspace() }
        self.pool = pool
        self.memoryLimitBytes = memoryLimitBytes
    }

    /// Not to be called on two threads at once.
    package func run(
        on image: consuming Grid<Float>, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> Result {
        let padded = PaddedImage(image, multiple: Self.cell)
        let plan = NetworkPlan(stage1, inputShapes: [padded.tensor.shape])
        try checkMemory(stage1Bytes(plan, padded))
        let maps = clock.measure("stage 1") { plan.run([padded.tensor], in: workspace, on: pool) }
        progress(0.5)
        let proposals = clock.measure("proposals") { Proposals(stage1Logits: maps[4], margin: Self.margin) }
        let boxes = DetailBoxes(
            inputs: [padded.tensor] + maps[0..<4], proposals: proposals, network: stage2, imageSize: padded.imageSize,
            imageLower: padded.imageLower)
        try checkMemory(stage1Bytes(plan, padded) + boxes.peakBytes(threads: pool.threadCount))
        let logits = clock.measure("stage 2") { boxes.run(on: pool, boxWorkspaces, progress: progress) }
        return Result(
            logits: logits, boxes: proposals.boxes, cells: proposals.cells,
            multiplyAccumulates: plan.multiplyAccumulates + boxes.multiplyAccumulates)
    }

    /// Stage 1 over an image of this size; Stage 2 depends on what it proposes.
    func forecast(for size: GridSize) -> Forecast {
        let shape = PaddedImage.paddedShape(size, multiple: Self.cell)
        let plan = NetworkPlan(stage1, inputShapes: [shape])
        return Forecast(
            peakBytes: stage1Bytes(plan, voxels: shape.count, imageVoxels: size.count),
            multiplyAccumulates: plan.multiplyAccumulates)
    }

    private func stage1Bytes(_ plan: NetworkPlan, _ padded: PaddedImage) -> Int {
        stage1Bytes(plan, voxels: padded.tensor.shape.count, imageVoxels: padded.imageSize.count)
    }

    /// The padded image, the arena and the logits.
    private func stage1Bytes(_ plan: NetworkPlan, voxels: Int, imageVoxels: Int) -> Int {
        (voxels + plan.arenaFloats(workers: pool.threadCount) + imageVoxels) * MemoryLayout<Float>.stride
    }

    private func checkMemory(_ bytes: Int) throws(SegmentationError) {
        guard let memoryLimitBytes, bytes > memoryLimitBytes else { return }
        throw SegmentationError(
            .memoryLimit,
            "This volume needs \(bytes >> 20) MB of working memory; \(memoryLimitBytes >> 20) MB are allowed.")
    }
}
