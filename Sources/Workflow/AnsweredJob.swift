public import Archive
public import Models

/// A job that ran and was answered, as the log and the metrics need it.
public struct AnsweredJob: Sendable, CustomStringConvertible {
    public let id: JobID
    public let pipeline: String
    public let outcome: JobOutcome
    /// Why the outcome is what it is; no patient data.
    public var reason: String?
    /// SEG, SR and pictures, over all forms.
    public var objectCount = 0
    /// From the claim to the answer.
    public var seconds = 0.0
    public var timings: [StepDuration] = []
    /// Of AutoPath alone.
    public var blockUsage: BlockUsage?

    public init(id: JobID, pipeline: String, outcome: JobOutcome) {
        self.id = id
        self.pipeline = pipeline
        self.outcome = outcome
    }

    init(_ job: JobRecord, _ result: SeriesResult, objectCount: Int, seconds: Double) {
        self.init(id: job.id, pipeline: job.pipeline, outcome: result.outcome)
        reason = result.reason
        self.objectCount = objectCount
        self.seconds = seconds
        timings = result.timings
        blockUsage = result.blockUsage
    }

    var severity: WorkflowEvent.Severity {
        switch outcome {
        case .failed: .error
        case .refused: .warning
        case .findings, .nothingFound, .notApplicable: .information
        }
    }

    public var description: String {
        "job \(id): \(outcome.rawValue)\(reason.map { ", \($0)" } ?? ""), "
            + "\(objectCount) objects after \((seconds * 100).rounded() / 100) s"
    }
}
