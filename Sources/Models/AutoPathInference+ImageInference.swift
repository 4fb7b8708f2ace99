package import Geometry
internal import Imaging
internal import NeuralNetworks

extension AutoPathInference: ImageInference {
    package func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast { forecast(for: size) }

    package func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let size = image.grid.size
        let result = try run(on: image.grid, effort, &clock, progress: progress)
        var prediction = ImagePrediction(
            scores: ScoreMap(values: result.probabilities, scale: .probability), path: path(size, result.usage))
        prediction.messages = result.messages
        prediction.blockUsage = result.usage
        return prediction
    }

    private func path(_ size: GridSize, _ usage: BlockUsage) -> String {
        let name = AutoPathArchitecture.name(of: networks.backbone)
        let windows = "\(usage.windows.count) windows of \(size.width)x\(size.height)x\(windowDepth)"
        return "\(name): \(windows), blocks \(usage.paths.joined(separator: " "))"
    }
}
