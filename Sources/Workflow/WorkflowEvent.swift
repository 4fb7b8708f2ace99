public import Archive
public import DICOMCore

/// What the workflow did, for the log and the metrics. Never holds patient data.
public enum WorkflowEvent: Sendable, CustomStringConvertible {
    case seriesClosed(SeriesInstanceUID, instanceCount: Int, reason: String, pipelines: [String])
    case seriesBroughtForward(SeriesInstanceUID, reason: String)
    case seriesChosen(SeriesInstanceUID, pipeline: String, others: Int)
    case seriesNotChosen(SeriesInstanceUID, pipeline: String, reason: String)
    case jobStarted(JobID, SeriesInstanceUID, pipeline: String, attempt: Int)
    case jobAnswered(AnsweredJob)
    case jobPostponed(JobID, reason: String)
    case leaseLost(JobID)
    case delivered(DeliveryID, destination: String, SOPInstanceUID)
    case notDelivered(DeliveryID, destination: String, SOPInstanceUID, reason: String)
    case unknownDestination(String)
    case retained(removed: Int, freedBytes: Int64)
    /// The archive could not be asked or told; the runner tries again.
    case archiveFailed(ArchiveError, during: String)

    public enum Severity: Sendable { case information, warning, error }

    public var severity: Severity {
        switch self {
        case .jobAnswered(let job): job.severity
        case .archiveFailed: .error
        case .jobPostponed, .leaseLost, .notDelivered, .unknownDestination: .warning
        default: .information
        }
    }

    public var description: String {
        switch self {
        case .seriesClosed(let uid, let count, let reason, let pipelines):
            "series \(uid) closed with \(count) instances (\(reason)), pipelines: "
                + (pipelines.isEmpty ? "none" : pipelines.joined(separator: ", "))
        case .seriesBroughtForward(let uid, let reason): "series \(uid) need not wait: \(reason)"
        case .seriesChosen(let uid, let pipeline, let others):
            "series \(uid) chosen for \(pipeline) among \(others + 1)"
        case .seriesNotChosen(let uid, let pipeline, let reason):
            "series \(uid) not applicable for \(pipeline): \(reason)"
        case .jobStarted(let id, let uid, let pipeline, let attempt):
            "job \(id): series \(uid), \(pipeline), attempt \(attempt)"
        case .jobAnswered(let job): job.description
        case .jobPostponed(let id, let reason): "job \(id) is tried again later: \(reason)"
        case .leaseLost(let id): "job \(id): another worker has it, its result here is discarded"
        case .delivered(let id, let destination, let uid): "delivery \(id): \(uid) is at \(destination)"
        case .notDelivered(let id, let destination, let uid, let reason):
            "delivery \(id): \(uid) is not at \(destination): \(reason)"
        case .unknownDestination(let name): "results wait for destination \(name), which is not configured"
        case .retained(let removed, let bytes): "retention removed \(removed) files, \(bytes) bytes"
        case .archiveFailed(let error, let action): "\(action): \(error)"
        }
    }
}

/// Takes the workflow's events, on the runners' threads.
public typealias WorkflowEventHandler = @Sendable (WorkflowEvent) -> Void
