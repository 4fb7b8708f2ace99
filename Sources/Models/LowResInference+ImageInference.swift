package import Geometry

extension LowResInference: ImageInference {
    package func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast {
        forecast(for: size)
    }

    package func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let grid = (consume image).grid
        let result = try run(on: consume grid, &clock, progress: progress)
        return ImagePrediction(scores: ScoreMap(values: result.logits, scale: .logit), path: path(result))
    }

    private func path(_ result: Result) -> String {
        let size = result.cells
        let shape = [size.width, size.height, size.depth].map { String($0 * Self.cell) }.joined(separator: "x")
        let cells = result.boxes.map(\.size.count).reduce(0, +)
        let form = result.wasStreamed ? "streamed over" : "on"
        return "lowres: stage 1 \(form) \(shape), stage 2 in \(result.boxes.count) boxes of \(cells) cells"
    }
}
