import Geometry
import Imaging
import Models

/// A method without a network: each voxel's probability is a function of its intensity.
struct StubInference: ImageInference {
    var probability: @Sendable (Float) -> Float
    var peakBytes = 0

    func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast {
        Forecast(peakBytes: peakBytes, multiplyAccumulates: size.count)
    }

    func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let values = Grid(size: image.grid.size, elements: image.grid.elements.map(probability))
        return ImagePrediction(scores: ScoreMap(values: values, scale: .probability), path: "stub")
    }
}

extension ImageInference {
    /// On an image of 1 mm voxels.
    func predict(_ grid: Grid<Float>) throws -> ImagePrediction {
        var clock = StepClock()
        let image = PreparedImage(grid: grid, spacing: SpacingMM(i: 1, j: 1, k: 1), modality: .mr)
        return try predict(image, Effort(), &clock, progress: { _ in })
    }
}
