package import Geometry
internal import Imaging
package import NeuralNetworks
internal import Tensors

/// A network on one cube of an image after the other: the baselines that LowRes was compared with.
package final class TiledInference: ImageInference {
    private let name: String
    private let network: CompiledNetwork
    private let tiling: Tiling
    private let resources: InferenceResources
    private let workspace = Workspace()

    package init(name: String, _ network: CompiledNetwork, _ tiling: Tiling, _ resources: InferenceResources) {
        self.name = name
        self.network = network
        self.tiling = tiling
        self.resources = resources
    }

    private func makePlan() -> NetworkPlan {
        let side = tiling.patch + 2 * tiling.margin
        let plan = NetworkPlan(
            network, inputShapes: [TensorShape(depth: side, height: side, width: side, channels: 1)])
        precondition(
            plan.outputShapes[0].extent == PerAxis(tiling.patch), "a network that makes cubes of another size")
        return plan
    }

    package func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast {
        let plan = makePlan(), patches = tiling.origins(size).count
        return Forecast(
            peakBytes: peakBytes(plan, size),
            multiplyAccumulates: plan.multiplyAccumulates * patches,
            seconds: plan.forecastSeconds(threads: resources.pool.threadCount) * Double(patches))
    }

    /// The network, its input, and the sum of the probabilities.
    private func peakBytes(_ plan: NetworkPlan, _ size: GridSize) -> Int {
        let floats =
            plan.arenaFloats(workers: resources.pool.threadCount) + plan.inputShapes[0].count
            + tiling.paddedSize(size).count + size.count
        return floats * MemoryLayout<Float>.stride
    }

    package func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let grid = image.grid, plan = makePlan()
        try resources.memoryLimit.check(peakBytes(plan, grid.size))
        let origins = tiling.origins(grid.size)
        let probabilities = clock.measure("patches") {
            mean(of: grid, plan, origins) { progress(0.1 + 0.85 * $0) }
        }
        return ImagePrediction(
            scores: ScoreMap(values: probabilities, scale: .probability),
            path: "\(name): \(origins.count) patches of side \(tiling.patch), stride \(tiling.stride)")
    }

    /// - Parameter progress: gets the share of the cubes that are done.
    private func mean(
        of image: Grid<Float>, _ plan: NetworkPlan, _ origins: [VoxelIndex], _ progress: (Double) -> Void
    ) -> Grid<Float> {
        let padded = tiling.paddedSize(image.size)
        let lower = VoxelIndex(
            i: (padded.width - image.size.width) / 2, j: (padded.height - image.size.height) / 2,
            k: (padded.depth - image.size.depth) / 2)
        var sum = Grid<Float>(size: padded, repeating: 0)
        let buffer = AlignedBuffer(count: plan.inputShapes[0].count)
        let input = Tensor(base: buffer.base, shape: plan.inputShapes[0])
        for (number, origin) in origins.enumerated() {
            fill(input, with: image, origin: origin, imageLower: lower)
            let logits = plan.run(
                [input], in: workspace, on: resources.pool,
                observer: resources.recorder?.observer)[0]
            resources.pool.forEach(logits.shape.rowCount) { row, _ in
                Kernels.sigmoid(logits, channels: 1, rows: row..<row + 1, into: logits)
            }
            add(logits, to: &sum, at: origin)
            progress(Double(number + 1) / Double(origins.count))
        }
        return divided(sum, size: image.size, lower: lower)
    }

    /// A cube of the padded image, with the cube's minimum in the margin.
    private func fill(_ input: Tensor, with image: Grid<Float>, origin: VoxelIndex, imageLower: VoxelIndex) {
        let patch = tiling.patch, margin = tiling.margin, side = input.shape.width
        func row(_ j: Int, _ k: Int) -> UnsafeMutablePointer<Float> {
            input.base + margin + side * (margin + j + side * (margin + k))
        }
        var minimum = Float.infinity
        for k in 0..<patch {
            for j in 0..<patch {
                let (y, z) = (origin.j + j - imageLower.j, origin.k + k - imageLower.k)
                let isInside = (0..<image.size.height).contains(y) && (0..<image.size.depth).contains(z)
                for i in 0..<patch {
                    let x = origin.i + i - imageLower.i
                    let value = isInside && (0..<image.size.width).contains(x) ? image[x, y, z] : 0
                    row(j, k)[i] = value
                    minimum = min(minimum, value)
                }
            }
        }
        guard margin > 0 else { return }
        let inside = margin..<margin + patch
        for z in 0..<side {
            for y in 0..<side {
                let isRowInside = inside.contains(y) && inside.contains(z)
                for x in 0..<side where !(isRowInside && inside.contains(x)) {
                    input.base[x + side * (y + side * z)] = minimum
                }
            }
        }
    }

    private func add(_ probabilities: Tensor, to sum: inout Grid<Float>, at origin: VoxelIndex) {
        let size = sum.size, patch = tiling.patch
        sum.elements.withUnsafeMutableBufferPointer { sum in
            for k in 0..<patch {
                for j in 0..<patch {
                    let target = size.offset(VoxelIndex(i: origin.i, j: origin.j + j, k: origin.k + k))
                    let source = probabilities.base + patch * (j + patch * k)
                    for i in 0..<patch { sum[target + i] += source[i] }
                }
            }
        }
    }

    /// The mean over the cubes that cover each voxel, without the padding.
    private func divided(_ sum: Grid<Float>, size: GridSize, lower: VoxelIndex) -> Grid<Float> {
        let counts = (
            i: tiling.coverage(sum.size.width), j: tiling.coverage(sum.size.height), k: tiling.coverage(sum.size.depth)
        )
        let upper = VoxelIndex(i: lower.i + size.width, j: lower.j + size.height, k: lower.k + size.depth)
        var mean = sum.cropped(to: VoxelBox(lower: lower, upper: upper))
        mean.elements.withUnsafeMutableBufferPointer { mean in
            for k in 0..<size.depth {
                for j in 0..<size.height {
                    let row = size.offset(VoxelIndex(i: 0, j: j, k: k))
                    let count = counts.j[lower.j + j] * counts.k[lower.k + k]
                    for i in 0..<size.width { mean[row + i] /= Float(count * counts.i[lower.i + i]) }
                }
            }
        }
        return mean
    }
}
