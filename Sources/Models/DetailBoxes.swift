internal import Geometry
internal import Imaging
internal import NeuralNetworks
internal import Tensors

/// Stage 2 over all boxes.
///
/// A box with more than its share of the work runs on all threads; the others run side by side, one thread each. Either
/// way a box gives the same bits, and each voxel is written by the one box that owns its cell.
struct DetailBoxes {
    /// x, X2I, F2, F4, F8 of the whole image.
    private let inputs: [Tensor]
    private let proposals: Proposals
    private let plans: [NetworkPlan]
    private let imageSize: GridSize
    private let imageLower: VoxelIndex

    /// Voxels of each input per cell along each axis.
    private static let inputScales = [8, 4, 4, 2, 1]

    init(
        inputs: [Tensor], proposals: Proposals, network: CompiledNetwork, imageSize: GridSize, imageLower: VoxelIndex
    ) {
        self.inputs = inputs
        self.proposals = proposals
        self.imageSize = imageSize
        self.imageLower = imageLower
        plans = proposals.boxes.map { box in
            NetworkPlan(
                network, inputShapes: zip(inputs, Self.inputScales).map { $0.shape.cropped(to: box.size, scale: $1) })
        }
    }

    var multiplyAccumulates: Int { plans.map(\.multiplyAccumulates).reduce(0, +) }

    /// Numbers of the boxes that run on all threads, and of those that run side by side, the largest first.
    private func schedule(threads: Int) -> (alone: [Int], together: [Int]) {
        let share = multiplyAccumulates / threads
        let order = plans.indices.sorted { plans[$0].multiplyAccumulates > plans[$1].multiplyAccumulates }
        return (
            order.filter { plans[$0].multiplyAccumulates > share },
            order.filter { plans[$0].multiplyAccumulates <= share }
        )
    }

    /// Working memory of the most demanding phase.
    func peakBytes(threads: Int) -> Int {
        let (alone, together) = schedule(threads: threads)
        func floats(_ box: Int, _ workers: Int) -> Int {
            plans[box].arenaFloats(workers: workers) + plans[box].inputShapes.map(\.count).reduce(0, +)
        }
        let largest = alone.map { floats($0, threads) }.max() ?? 0
        let sideBySide = together.prefix(threads).map { floats($0, 1) }.reduce(0, +)
        return max(largest, sideBySide) * MemoryLayout<Float>.stride
    }

    /// The logits on the image's grid; minus infinity outside of all boxes.
    func run(on pool: ComputePool, _ workspaces: [BoxWorkspace], progress: (Double) -> Void) -> Grid<Float> {
        let (alone, together) = schedule(threads: pool.threadCount)
        let single = ComputePool(threads: 1)
        var logits = Grid<Float>(size: imageSize, repeating: -.infinity)
        logits.elements.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let shape = TensorShape(
                depth: imageSize.depth, height: imageSize.height, width: imageSize.width, channels: 1)
            let target = Tensor(base: base, shape: shape)
            for number in alone { compute(number, workspaces[0], on: pool, into: target) }
            progress(0.75)
            pool.forEach(together.count) { item, worker in
                compute(together[item], workspaces[worker], on: single, into: target)
            }
        }
        progress(0.95)
        return logits
    }

    private func compute(_ number: Int, _ workspace: BoxWorkspace, on pool: ComputePool, into target: Tensor) {
        let crops = workspace.crop(inputs, scales: Self.inputScales, to: proposals.boxes[number])
        let output = plans[number].run(crops, in: workspace.values, on: pool)
        for logits in output { write(logits, of: number, into: target) }
    }

    /// Copies the cells that the box owns, without the padding.
    private func write(_ logits: Tensor, of number: Int, into target: Tensor) {
        let box = proposals.boxes[number], cell = LowResInference.cell
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

/// The memory of one worker for one box after another.
final class BoxWorkspace: Sendable {
    let values = Workspace()
    private let crops = Workspace()

    /// Copies the box out of every input.
    func crop(_ inputs: [Tensor], scales: [Int], to box: VoxelBox) -> [Tensor] {
        let shapes = zip(inputs, scales).map { $0.shape.cropped(to: box.size, scale: $1) }
        var base = crops.reserve(shapes.map(\.count).reduce(0, +))
        return zip(zip(inputs, scales), shapes).map { source, shape in
            let crop = Tensor(base: base, shape: shape)
            base += shape.count
            crop.copy(
                from: source.0, z: box.lower.k * source.1, y: box.lower.j * source.1, x: box.lower.i * source.1)
            return crop
        }
    }
}

extension TensorShape {
    /// Of a box of `cells`, `scale` voxels per cell.
    fileprivate func cropped(to cells: GridSize, scale: Int) -> TensorShape {
        TensorShape(
            depth: cells.depth * scale, height: cells.height * scale, width: cells.width * scale, channels: channels)
    }
}
