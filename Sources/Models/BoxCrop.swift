internal import Geometry
internal import NeuralNetworks
internal import Tensors

/// What Stage 2 reads of one box: x, X2I, F2, F4, F8 cropped to its cells.
struct BoxCrop: Sendable {
    private let box: VoxelBox
    /// In the order of Stage 2's inputs.
    let shapes: [TensorShape]
    /// Of the inputs; nil where Stage 1 did not keep one.
    private let sources: [Tensor?]
    /// Where Stage 1 did not keep F2: the cells on which it is computed again, and how.
    private let again: (cells: VoxelBox, plan: NetworkPlan)?

    /// Voxels of each input per cell along each axis.
    private static let scales = ["x": 8, "X2I": 4, "F2": 4, "F4": 2, "F8": 1]

    init(
        _ box: VoxelBox, within cells: GridSize, of maps: LowResStage1.Maps, _ stage1: LowResStage1,
        for stage2: CompiledNetwork
    ) {
        self.box = box
        let names = stage2.description.inputNames
        sources = names.map { $0 == "x" ? maps.x : maps.outputs[$0] }
        shapes = zip(names, stage2.inputChannels).map { name, channels in
            TensorShape(box.size, scale: Self.scales[name] ?? 1, channels: channels)
        }
        guard sources.contains(where: { $0 == nil }) else {
            again = nil
            return
        }
        let around = box.expanded(by: LowResStage1.halo, within: cells)
        let crop = TensorShape(around.size, scale: LowResInference.cell, channels: maps.x.shape.channels)
        again = (around, stage1.f2Plan(crop))
    }

    /// Working memory beside Stage 2's.
    func floats(workers: Int) -> Int {
        let repeated = again.map { $0.plan.arenaFloats(workers: workers) + $0.plan.inputShapes[0].count } ?? 0
        return shapes.map(\.count).reduce(0, +) + repeated
    }

    /// The crops, in the workspace.
    func inputs(_ workspace: BoxWorkspace, on pool: ComputePool) -> [Tensor] {
        var base = workspace.crops.reserve(shapes.map(\.count).reduce(0, +))
        let crops = shapes.map { shape in
            defer { base += shape.count }
            return Tensor(base: base, shape: shape)
        }
        for (crop, source) in zip(crops, sources) {
            if let source {
                crop.copy(from: source, cell: box.lower, scale: crop.shape.width / box.size.width)
            } else {
                computeF2(crop, workspace, pool)
            }
        }
        return crops
    }

    /// Computes F2 again, on the box and what is around it.
    private func computeF2(_ crop: Tensor, _ workspace: BoxWorkspace, _ pool: ComputePool) {
        guard let again, let x = sources[0] else { return }
        let shape = again.plan.inputShapes[0], cells = again.cells
        let around = Tensor(base: workspace.surroundings.reserve(shape.count), shape: shape)
        around.copy(from: x, cell: cells.lower, scale: LowResInference.cell)
        let lower = VoxelIndex(
            i: box.lower.i - cells.lower.i, j: box.lower.j - cells.lower.j, k: box.lower.k - cells.lower.k)
        for f2 in again.plan.run([around], in: workspace.values, on: pool) {
            crop.copy(from: f2, cell: lower, scale: crop.shape.width / box.size.width)
        }
    }
}

/// The memory of one worker for one box after another.
final class BoxWorkspace: Sendable {
    let values = Workspace()
    let crops = Workspace()
    /// The part of the image on which F2 is computed again.
    let surroundings = Workspace()
}

extension TensorShape {
    /// Of a box of `cells`, `scale` voxels per cell.
    fileprivate init(_ cells: GridSize, scale: Int, channels: Int) {
        self.init(
            depth: cells.depth * scale, height: cells.height * scale, width: cells.width * scale, channels: channels)
    }
}

extension Tensor {
    /// Fills this tensor from a larger one, from the first voxel of a cell on.
    fileprivate func copy(from source: Tensor, cell: VoxelIndex, scale: Int) {
        copy(from: source, z: cell.k * scale, y: cell.j * scale, x: cell.i * scale)
    }
}
