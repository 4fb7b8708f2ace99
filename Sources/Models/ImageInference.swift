package import Geometry
package import Imaging

/// A method on a preprocessed image.
package protocol ImageInference: Sendable {
    /// What a run on an image of this size needs at most.
    /// - Parameter spacing: of the image.
    func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast

    /// Not to be called on two threads at once.
    /// - Parameters:
    ///   - clock: started with the run; gets the method's steps.
    ///   - progress: gets shares of the whole run, from 0.1 on.
    func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction
}

/// An image after a package's preprocessing: what a method is fed.
package struct PreparedImage: Sendable {
    /// i, j, k run along the model's axes x, y, z.
    package var grid: Grid<Float>
    /// Of the grid.
    package var spacing: SpacingMM
    package let modality: ImageModality

    package init(grid: Grid<Float>, spacing: SpacingMM, modality: ImageModality) {
        self.grid = grid
        self.spacing = spacing
        self.modality = modality
    }
}

/// What a method says about an image.
package struct ImagePrediction: Sendable {
    /// On the image's grid.
    package var scores: ScoreMap
    /// What was computed, in words that do not change from run to run on the same input.
    package let path: String
    /// What the user should know about the run.
    package var messages: [String] = []
    /// Of AutoPath.
    package var blockUsage: BlockUsage?

    package init(scores: ScoreMap, path: String) {
        self.scores = scores
        self.path = path
    }
}
