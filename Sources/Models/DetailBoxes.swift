internal import Geometry
internal import Imaging
internal import NeuralNetworks
internal import Tensors

/// Stage 2 over all boxes.
///
/// The largest boxes run on all threads, one after the other; the others run side by side, one thread each. Either way
/// a box gives the same bits, and each voxel is written by the one box that owns its cell.
struct DetailBoxes {
    private let maps: LowResStage1.Maps
    private let proposals: Proposals
    private let crops: [BoxCrop]
    private let plans: [NetworkPlan]
    private let image: PaddedImage

    init(
        _ maps: LowResStage1.Maps, _ proposals: Proposals, stage1: LowResStage1, stage2: CompiledNetwork,
        image: PaddedImage
    ) {
        self.maps = maps
        self.proposals = proposals
        self.image = image
        let crops = proposals.boxes.map { BoxCrop($0, within: proposals.cells, of: maps, stage1, for: stage2) }
        self.crops = crops
        plans = crops.map { NetworkPlan(stage2, inputShapes: $0.shapes) }
    }

    var multiplyAccumulates: Int { plans.map(\.multiplyAccumulates).reduce(0, +) }

    /// Working memory of the most demanding phase.
    func peakBytes(threads: Int) -> Int {
        let schedule = BoxSchedule(plans.map(\.multiplyAccumulates), threads: threads)
        func floats(_ box: Int, _ workers: Int) -> Int {
            plans[box].arenaFloats(workers: workers) + crops[box].floats(workers: workers)
        }
        let largest = schedule.alone.map { floats($0, threads) }.max() ?? 0
        let sideBySide = schedule.together.prefix(threads).map { floats($0, 1) }.reduce(0, +)
        return max(largest, sideBySide) * MemoryLayout<Float>.stride
    }

    /// The logits on the image's grid.
    func run(
        on pool: ComputePool, _ workspaces: [BoxWorkspace], outside: LowResInference.Outside,
        _ recorder: LayerRecorder?, progress: (Double) -> Void
    ) -> Grid<Float> {
        let size = image.imageSize
        let elements = [Float](unsafeUninitializedCapacity: size.count) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            AlignedBuffer.adviseHugePages(base, byteCount: size.count * MemoryLayout<Float>.stride)
            let shape = TensorShape(depth: size.depth, height: size.height, width: size.width, channels: 1)
            let target = Tensor(base: base, shape: shape)
            pool.forEach(size.depth) { plane, _ in fill(plane, of: target, outside) }
            run(on: pool, workspaces, into: target, recorder, progress)
            count = size.count
        }
        return Grid(size: size, elements: elements)
    }

    private func run(
        on pool: ComputePool, _ workspaces: [BoxWorkspace], into target: Tensor, _ recorder: LayerRecorder?,
        _ progress: (Double) -> Void
    ) {
        let schedule = BoxSchedule(plans.map(\.multiplyAccumulates), threads: pool.threadCount)
        let single = ComputePool(threads: 1)
        for number in schedule.alone { compute(number, workspaces[0], on: pool, into: target, recorder) }
        progress(0.75)
        pool.forEach(schedule.together.count) { item, worker in
            compute(schedule.together[item], workspaces[worker], on: single, into: target, recorder)
        }
        progress(0.95)
    }

    private func compute(
        _ number: Int, _ workspace: BoxWorkspace, on pool: ComputePool, into target: Tensor, _ recorder: LayerRecorder?
    ) {
        let inputs = crops[number].inputs(workspace, on: pool)
        let outputs = plans[number].run(inputs, in: workspace.values, on: pool, observer: recorder?.observer)
        for logits in outputs {
            write(logits, of: number, into: target)
        }
    }

    /// A plane as it is outside of all boxes.
    private func fill(_ plane: Int, of target: Tensor, _ outside: LowResInference.Outside) {
        let shape = target.shape, lower = image.imageLower, cell = LowResInference.cell
        let base = target.base + plane * shape.height * shape.width
        guard case .stage1 = outside else {
            base.initialize(repeating: -.infinity, count: shape.height * shape.width)
            return
        }
        let cells = maps.y8.shape
        for y in 0..<shape.height {
            let row = cells.width * ((y + lower.j) / cell + cells.height * ((plane + lower.k) / cell))
            for x in 0..<shape.width {
                (base + y * shape.width + x).initialize(to: maps.y8.base[row + (x + lower.i) / cell])
            }
        }
    }

    /// Copies the cells that the box owns, without the padding.
    private func write(_ logits: Tensor, of number: Int, into target: Tensor) {
        let box = proposals.boxes[number], cell = LowResInference.cell
        let imageLower = image.imageLower, imageSize = image.imageSize
        for z in 0..<logits.shape.depth {
            let k = box.lower.k * cell + z - imageLower.k
            guard k >= 0, k < imageSize.depth else { continue }
            for y in 0..<logits.shape.height {
                let j = box.lower.j * cell + y - imageLower.j
                guard j >= 0, j < imageSize.height else { continue }
                let source = logits.base + logits.shape.width * (y + logits.shape.height * z)
                let row = target.base + imageSize.offset(VoxelIndex(i: 0, j: j, k: k))
                for x in 0..<box.size.width
                where proposals.owners[box.lower.i + x, box.lower.j + y / cell, box.lower.k + z / cell] == number {
                    let i = (box.lower.i + x) * cell - imageLower.i
                    let inside = max(i, 0)..<max(max(i, 0), min(i + cell, imageSize.width))
                    (row + inside.lowerBound).update(
                        from: source + x * cell + inside.lowerBound - i, count: inside.count)
                }
            }
        }
    }
}
