package import Geometry
internal import Imaging
package import NeuralNetworks
internal import Tensors

/// The convolutional LSTM on a preprocessed image: its slices one after the other from feet to head, in memory that
/// does not grow with their number.
///
/// The sides of the slices are padded to multiples of 16 by the image's minimum, the smaller half of the padding first.
package final class ConvolutionalLSTMInference: ImageInference {
    private let lstm: ConvolutionalLSTM
    private let resources: InferenceResources
    private let workspace = Workspace()
    /// nil: as many as are worth it.
    private let slicesAtOnce: Int?

    /// The U-Net's weights are read once for all slices that it sees at once; beyond a few nothing is gained.
    private static let mostSlicesAtOnce = 8
    /// More slices at once are not taken beyond this.
    private static let worthwhileBytes = 1 << 30

    /// - Parameter slicesAtOnce: how many slices the U-Net sees at once; the result does not depend on it.
    package init(_ lstm: ConvolutionalLSTM, _ resources: InferenceResources, slicesAtOnce: Int? = nil) {
        self.lstm = lstm
        self.resources = resources
        self.slicesAtOnce = slicesAtOnce
    }

    package func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast {
        let slices = PaddedSlices(size, multiple: ConvolutionalLSTM.sideMultiple)
        let (run, count) = makeRun(slices)
        return Forecast(
            peakBytes: peakBytes(run, slices, count: count),
            multiplyAccumulates: run.multiplyAccumulates * size.depth,
            seconds: run.forecastSeconds(threads: resources.pool.threadCount) * Double(size.depth))
    }

    package func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let grid = image.grid, size = grid.size
        let slices = PaddedSlices(size, multiple: ConvolutionalLSTM.sideMultiple)
        let (run, count) = makeRun(slices)
        try resources.memoryLimit.check(peakBytes(run, slices, count: count))
        let logits = clock.measure("slices") {
            self.logits(of: grid, slices, in: run, count: count) { progress(0.1 + 0.85 * $0) }
        }
        return ImagePrediction(
            scores: ScoreMap(values: logits, scale: .logit),
            path: "clstm: \(size.depth) slices of \(slices.width)x\(slices.height)")
    }

    /// - Parameter progress: gets the share of the slices that are done.
    private func logits(
        of image: Grid<Float>, _ slices: PaddedSlices, in run: ConvolutionalLSTMRun, count: Int,
        progress: (Double) -> Void
    ) -> Grid<Float> {
        let depth = image.size.depth, filling = image.elements.min() ?? 0
        let buffer = AlignedBuffer(count: slices.shape(count).count)
        return Grid(
            size: image.size,
            elements: [Float](unsafeUninitializedCapacity: image.size.count) { logits, written in
                for first in stride(from: 0, to: depth, by: count) {
                    let range = first..<min(first + count, depth)
                    let input = Tensor(base: buffer.base, shape: slices.shape(range.count))
                    slices.copy(image, range, into: input, filling: filling)
                    let output = run.run(
                        input, on: resources.pool, observer: resources.recorder?.observer)
                    slices.copyBack(output.logits, to: range, of: logits)
                    progress(Double(range.upperBound) / Double(depth))
                }
                written = image.size.count
            })
    }

    /// A run with as many slices at once as are worth it and fit.
    private func makeRun(_ slices: PaddedSlices) -> (run: ConvolutionalLSTMRun, count: Int) {
        func run(_ count: Int) -> ConvolutionalLSTMRun {
            ConvolutionalLSTMRun(lstm, slices: slices.shape(count), workspace: workspace)
        }
        if let slicesAtOnce { return (run(slicesAtOnce), slicesAtOnce) }
        let most = min(Self.worthwhileBytes, resources.memoryLimit.bytes ?? .max)
        // OpenBLAS rounds products of other sizes differently.
        var count = lstm.engine == .openBLAS ? 1 : min(Self.mostSlicesAtOnce, slices.imageSize.depth)
        while count > 1 {
            let candidate = run(count)
            if peakBytes(candidate, slices, count: count) <= most { return (candidate, count) }
            count /= 2
        }
        return (run(1), 1)
    }

    /// The run, the slices that it is fed, and the logits.
    private func peakBytes(_ run: ConvolutionalLSTMRun, _ slices: PaddedSlices, count: Int) -> Int {
        run.peakBytes(workers: resources.pool.threadCount)
            + (slices.shape(count).count + slices.imageSize.count) * MemoryLayout<Float>.stride
    }
}
