internal import Geometry
internal import Imaging

/// A method on a preprocessed image.
protocol ImageInference: Sendable {
    /// What a run on an image of this size needs at most.
    func forecast(for size: GridSize) -> Forecast

    /// Not to be called on two threads at once.
    /// - Parameters:
    ///   - clock: started with the run; gets the method's steps.
    ///   - progress: gets shares of the whole run, from 0.1 on.
    func predict(
        _ image: consuming Grid<Float>, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction
}

/// What a method says about an image.
struct ImagePrediction {
    /// On the image's grid.
    let scores: ScoreMap
    /// What was computed, in words that do not change from run to run on the same input.
    let path: String
    /// What the user should know about the run.
    var messages: [String] = []
    /// Of AutoPath.
    var blockUsage: BlockUsage?
}
