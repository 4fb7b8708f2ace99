package import Geometry
internal import Imaging

/// A method with preprocessing of its own before it; its scores are brought back to the grid of what it was given.
package final class PreparedInference: ImageInference {
    private let preprocessor: Preprocessor
    private let inference: any ImageInference

    init(_ preprocessor: Preprocessor, _ inference: any ImageInference) {
        self.preprocessor = preprocessor
        self.inference = inference
    }

    package func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast {
        let prepared = preprocessor.imageSize(of: size, spacing)
        let forecast = inference.forecast(for: prepared, spacing: spacing.resized(from: size, to: prepared))
        return Forecast(
            peakBytes: forecast.peakBytes + prepared.count * MemoryLayout<Float>.stride,
            multiplyAccumulates: forecast.multiplyAccumulates, seconds: forecast.seconds)
    }

    package func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let size = image.grid.size
        let prepared = preprocessor.prepare(image)
        var prediction = try inference.predict(prepared, effort, &clock, progress: progress)
        prediction.scores = prediction.scores.onGrid(of: size, threads: preprocessor.threads)
        return prediction
    }
}
