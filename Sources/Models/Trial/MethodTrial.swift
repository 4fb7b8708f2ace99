internal import Geometry
internal import Imaging
internal import NeuralNetworks
internal import Tensors

/// A method on bare arrays, without a package's preprocessing and without findings: for benchmarks, and to check one's
/// own training against this runtime.
public final class MethodTrial {
    /// What a run gave.
    public struct Run: Sendable {
        /// Logits or probabilities on the input's array.
        public let scores: TrialArray
        public let scoresAreProbabilities: Bool
        /// In words.
        public let path: String
    }

    /// What a run took.
    public struct Timing: Sendable {
        /// In words.
        public let path: String
        public let seconds: Double
        public let stages: [StepTiming]
        public let layers: [LayerTiming]
    }

    /// How a trial is run.
    public struct Settings: Sendable {
        public var threads = 1
        /// "avx512", "avx2", "baseline" or "openblas"; nil: the fastest that this machine has.
        public var engine: String?
        /// Of AutoPath.
        public var path: PathStrategy?
        /// Of LowRes: the share of the volume that Stage 2 refines; nil: what Stage 1 proposes.
        public var detail: Double?
        /// LowRes and its baselines run in patches, with the tilings of the published comparison.
        public var isTiled = false

        public init() {}
    }

    public let engineName: String
    private let axes: KernelAxes
    private let inference: any ImageInference
    private let recorder = LayerRecorder()
    private let effort: Effort

    /// With the weights of a package.
    /// - Throws: `ModelPackageError` if the machine has no such engine.
    public convenience init(_ package: ModelPackage, _ settings: Settings) throws {
        try self.init(package.manifest.architecture.definition, settings, weights: package.weights.floats)
    }

    /// A published method with weights that are the same everywhere: those of the parity tests.
    /// - Throws: `ModelPackageError` if the name is unknown or the machine has no such engine.
    public convenience init(published name: String, _ settings: Settings) throws {
        guard let definition = PublishedMethod.definition(name, isTiled: settings.isTiled) else {
            throw ModelPackageError(.unsupported, "\(name) is not known in its published form, or not in patches")
        }
        let table = definition.tensorTable
        try self.init(definition, settings) { DeterministicWeights.tensor($0, shape: table[$0] ?? []) }
    }

    private init(
        _ definition: any ArchitectureDefinition, _ settings: Settings, weights: (String) throws -> [Float]
    ) throws {
        let engine = try ComputeEngine.named(settings.engine)
        engineName = "\(engine)"
        axes = definition.axes
        var effort = Effort(path: settings.path)
        effort.detail = settings.detail
        effort.tiling = settings.isTiled ? .lowResCPUBenchmark : nil
        self.effort = effort
        inference = try definition.makeInference(
            weights,
            InferenceResources(pool: ComputePool(threads: settings.threads), engine: engine, recorder: recorder))
    }

    public func run(_ input: TrialArray) throws(SegmentationError) -> Run {
        let (prediction, _) = try predict(input.grid(axes))
        return Run(
            scores: TrialArray(prediction.scores.values, axes),
            scoresAreProbabilities: prediction.scores.scale == .probability, path: prediction.path)
    }

    /// A run on noise, with nothing in memory but what the method needs.
    /// - Parameter shape: three extents of at least 1, with the axes of the network.
    public func time(shape: [Int]) throws(SegmentationError) -> Timing {
        let size = TrialArray.size(shape, axes)
        return try predict(Grid(size: size, elements: DeterministicWeights.input(count: size.count))).timing
    }

    private func predict(
        _ grid: consuming Grid<Float>
    ) throws(SegmentationError) -> (prediction: ImagePrediction, timing: Timing) {
        let image = PreparedImage(grid: consume grid, spacing: SpacingMM(i: 1, j: 1, k: 1), modality: .mr)
        _ = recorder.take()
        var clock = StepClock()
        let start = ContinuousClock.now
        let prediction = try inference.predict(consume image, effort, &clock, progress: { _ in })
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let timing = Timing(path: prediction.path, seconds: seconds, stages: clock.timings, layers: recorder.take())
        return (prediction, timing)
    }
}
