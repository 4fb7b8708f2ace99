public import Imaging

/// What a segmenter found.
public struct Segmentation: Sendable {
    /// How a run ended.
    public enum Outcome: Sendable, Hashable {
        case findings
        case nothingFound
        /// The pixels do not show what the model is for; the reason is a sentence for the user.
        case notApplicable(reason: String)
    }

    public let outcome: Outcome
    /// 0 is background, n is the finding with label n; on the grid of the volume passed in.
    public let labelMap: LabelMap
    /// In the order of their labels, 1, 2, ...: the largest first.
    public let findings: [Finding]
    /// The region of interest that was used, on the grid of the volume passed in; nil where the model uses none.
    public var regionOfInterest: Mask?
    /// The lungs, if they were looked for as the region of interest; tells left from right.
    public var lungs: LungMask?
    /// What was computed, in words that do not change from run to run on the same input.
    public let executedPath: String
    public var timings: [StepTiming] = []
    /// What the user should know about the input and the run.
    public var messages: [String] = []
    /// Which blocks of the network were computed; of AutoPath alone.
    public var blockUsage: BlockUsage?

    public init(outcome: Outcome, labelMap: LabelMap, findings: [Finding] = [], executedPath: String) {
        self.outcome = outcome
        self.labelMap = labelMap
        self.findings = findings
        self.executedPath = executedPath
    }
}

/// One segment.
public struct Finding: Sendable, Hashable {
    /// Its value in the label map.
    public let label: UInt16
    public let definition: ManifestLabel
    /// The greatest probability of its voxels: the network's own, uncalibrated score.
    public let score: Double
    public let voxelCount: Int

    public init(label: UInt16, definition: ManifestLabel, score: Double, voxelCount: Int) {
        self.label = label
        self.definition = definition
        self.score = score
        self.voxelCount = voxelCount
    }
}

/// How long a step took.
public struct StepTiming: Sendable, Hashable {
    public let step: String
    public internal(set) var seconds: Double
}

/// Why a volume could not be segmented.
public struct SegmentationError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// The given region of interest is on another grid or empty.
        case regionOfInterest
        /// The run would need more memory than is allowed.
        case memoryLimit
        /// The path that was asked for does not fit the model.
        case effort
        /// The volume cannot be processed by this model.
        case unsuitableVolume
    }

    public let code: Code
    /// What happened and what can be done, for a user.
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
