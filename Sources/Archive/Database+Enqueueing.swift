import Foundation
import GRDB

extension Database {
    /// Puts a job into the queue, once: the same pipeline, series, revision and model give the row that is there.
    func enqueue(_ request: JobRequest, at time: Date) throws -> JobRecord {
        let existing = try number(
            "SELECT id FROM job WHERE seriesID = ? AND pipeline = ? AND seriesRevision = ? AND modelDigest = ?",
            [request.series.rawValue, request.pipeline, request.seriesRevision, request.modelDigest])
        if let existing { return try existingJob(JobID(rawValue: existing)) }
        let predecessor = try predecessor(of: request)
        let id: JobID = try insert(
            """
            INSERT INTO job (pipeline, seriesID, seriesRevision, modelName, modelDigest, state, priority, notBefore,
                createdAt, predecessorID)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                request.pipeline, request.series.rawValue, request.seriesRevision, request.modelName,
                request.modelDigest, request.start.state.rawValue, request.priority, request.start.notBefore?.unix,
                time.unix, predecessor?.id.rawValue,
            ])
        try record("enqueued", at: time, series: request.series, job: id)
        if let predecessor { try supersede(predecessor, by: id, at: time) }
        if case .never(let why) = request.start { try conclude(existingJob(id), notApplicable: why, at: time) }
        return try existingJob(id)
    }

    /// The pipeline's latest job on an earlier revision of the series.
    private func predecessor(of request: JobRequest) throws -> JobRecord? {
        try one(
            Self.jobColumns + """
                 WHERE job.seriesID = ? AND job.pipeline = ? AND job.seriesRevision < ?
                ORDER BY job.seriesRevision DESC, job.id DESC LIMIT 1
                """, [request.series.rawValue, request.pipeline, request.seriesRevision])
    }

    /// Makes a job the predecessor of one on a better series; one that follows its own earlier revision keeps that.
    func follow(_ job: JobRecord, by successor: JobID, at time: Date) throws {
        try run(
            "UPDATE job SET predecessorID = ? WHERE id = ? AND predecessorID IS NULL",
            [job.id.rawValue, successor.rawValue])
        try supersede(job, by: successor, at: time)
    }

    /// An answer that is on its way stays on its way; one that is not there yet is no longer wanted.
    private func supersede(_ job: JobRecord, by successor: JobID, at time: Date) throws {
        try run("UPDATE job SET supersededByID = ? WHERE id = ?", [successor.rawValue, job.id.rawValue])
        guard [.waiting, .ready, .running].contains(job.state) else { return }
        try transition(job, .cancelled, at: time, detail: "superseded by job \(successor)")
    }
}

extension JobRequest.Start {
    fileprivate var state: JobState {
        if case .now = self { .ready } else { .waiting }
    }

    fileprivate var notBefore: Date? {
        if case .at(let time) = self { time } else { nil }
    }
}
