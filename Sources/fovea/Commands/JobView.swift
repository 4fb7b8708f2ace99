import Archive
import DICOMCore
import Foundation
import Workflow

/// A job as `--json` shows it.
struct JobView: Encodable {
    let id: JobID
    let pipeline: String
    let seriesInstanceUID: SeriesInstanceUID
    let studyInstanceUID: StudyInstanceUID
    let sender: AETitle
    let modality: String?
    let seriesRevision: Int
    let model: String
    let modelDigest: String
    let state: JobState
    let outcome: JobOutcome?
    let reason: String?
    let lastError: String?
    let priority: Int
    let attempts: Int
    let createdAt: Date
    let startedAt: Date?
    let finishedAt: Date?
    let chosenSeriesInstanceUID: SeriesInstanceUID?
    let supersededByJob: JobID?
    let findings: [FindingSummary]?
    let timings: [String: Double]?

    init(_ job: JobRecord) {
        id = job.id
        pipeline = job.pipeline
        seriesInstanceUID = job.seriesInstanceUID
        studyInstanceUID = job.studyInstanceUID
        sender = job.callingAETitle
        modality = job.modality
        seriesRevision = job.seriesRevision
        model = job.modelName
        modelDigest = job.modelDigest
        state = job.state
        outcome = job.outcome
        reason = job.reason
        lastError = job.lastError
        priority = job.priority
        attempts = job.attempts
        createdAt = job.createdAt
        startedAt = job.startedAt
        finishedAt = job.finishedAt
        chosenSeriesInstanceUID = job.chosenSeriesUID
        supersededByJob = job.supersededByID
        findings = Self.decoded(job.findingsJSON)
        timings = Self.decoded(job.timingsJSON)
    }

    private enum CodingKeys: String, CodingKey {
        case id, pipeline, seriesInstanceUID, studyInstanceUID, sender, modality, seriesRevision, model, modelDigest,
            state
        case outcome, reason, lastError, priority, attempts, createdAt, startedAt, finishedAt, chosenSeriesInstanceUID
        case supersededByJob, findings
        case timings = "timings_s"
    }

    private static func decoded<Value: Decodable>(_ json: String?) -> Value? {
        json.flatMap { try? JSONDecoder().decode(Value.self, from: Data($0.utf8)) }
    }
}
