public import DICOMCore
public import Foundation

/// One pipeline's work on one revision of one series with one model.
public struct JobRecord: Sendable, Equatable, Codable, Identifiable {
    public let id: JobID
    public let pipeline: String
    public let seriesID: SeriesID
    public let seriesInstanceUID: SeriesInstanceUID
    public let studyID: StudyID
    public let studyInstanceUID: StudyInstanceUID
    public let callingAETitle: AETitle
    public let modality: String?
    public let seriesRevision: Int
    public let modelName: String
    public let modelDigest: String
    /// Counts the answers, from 1: a job that is computed again after it had answered gives other objects.
    public internal(set) var answer: Int
    public internal(set) var state: JobState
    public internal(set) var outcome: JobOutcome?
    /// Why the outcome is what it is.
    public internal(set) var reason: String?
    /// The last failure, also while it is being retried.
    public internal(set) var lastError: String?
    public internal(set) var priority: Int
    /// Claims since the job was enqueued or retried by hand.
    public internal(set) var attempts: Int
    /// The fencing token: grows with every claim; whoever holds an older one has lost the lease.
    public internal(set) var epoch: Int
    public internal(set) var worker: String?
    public internal(set) var leaseUntil: Date?
    /// When a waiting job becomes ready; nil: when it is decided.
    public internal(set) var notBefore: Date?
    /// The source of all dates in the result objects, so that the same job gives the same bytes.
    public let createdAt: Date
    public internal(set) var startedAt: Date?
    public internal(set) var finishedAt: Date?
    /// The series that was processed instead (outcome not applicable).
    public internal(set) var chosenSeriesUID: SeriesInstanceUID?
    public internal(set) var findingsJSON: String?
    public internal(set) var timingsJSON: String?
    /// The job whose result this one's supersedes: on the earlier revision of the series, or on the series of the study
    /// that was chosen before.
    public internal(set) var predecessorID: JobID?
    public internal(set) var supersededByID: JobID?
}
