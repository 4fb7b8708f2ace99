package import Geometry
internal import Imaging

extension LowResInference: ImageInference {
    package func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast {
        forecast(for: size)
    }

    package func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let grid = (consume image).grid
        if let tiling = effort.tiling { return try predict(grid, tiling, &clock, progress: progress) }
        let detail = effort.detail.map { Detail.boxes(Self.boxes(covering: $0, of: grid.size)) }
        let result = try run(on: consume grid, detail: detail ?? .proposed, &clock, progress: progress)
        return ImagePrediction(scores: ScoreMap(values: result.logits, scale: .logit), path: path(result))
    }

    private func predict(
        _ grid: Grid<Float>, _ tiling: Tiling, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let result = try run(on: grid, tiling: tiling, &clock, progress: progress)
        let patches = "\(result.patchCount) patches of side \(tiling.patch), stride \(tiling.stride)"
        return ImagePrediction(
            scores: ScoreMap(values: result.probabilities, scale: .probability),
            path: "lowres: \(patches), stage 2 in \(result.boxCount) boxes")
    }

    /// Boxes of 64 x 64 x 64 voxels, side by side, whose number comes nearest to a share of the image; the whole of it
    /// is covered to its last cell.
    private static func boxes(covering share: Double, of size: GridSize) -> [VoxelBox] {
        func cells(_ length: Int) -> Int { (length + cell - 1) / cell }
        let cells = GridSize(width: cells(size.width), height: cells(size.height), depth: cells(size.depth))
        let side = 8
        let all = stride(from: 0, to: cells.depth, by: side).flatMap { k in
            stride(from: 0, to: cells.height, by: side).flatMap { j in
                stride(from: 0, to: cells.width, by: side).map { i in
                    VoxelBox(
                        lower: VoxelIndex(i: i, j: j, k: k),
                        upper: VoxelIndex(
                            i: min(i + side, cells.width), j: min(j + side, cells.height),
                            k: min(k + side, cells.depth)))
                }
            }
        }
        guard share < 1 else { return all }
        // Whole ones first, so that a small share is not made of slivers.
        let count = Int((share * Double(cells.count) / Double(side * side * side)).rounded())
        return Array(all.sorted { $0.size.count > $1.size.count }.prefix(count))
    }

    private func path(_ result: Result) -> String {
        let size = result.cells
        let shape = [size.width, size.height, size.depth].map { String($0 * Self.cell) }.joined(separator: "x")
        let cells = result.boxes.map(\.size.count).reduce(0, +)
        let form = result.wasStreamed ? "streamed over" : "on"
        return "lowres: stage 1 \(form) \(shape), stage 2 in \(result.boxes.count) boxes of \(cells) cells"
    }
}
