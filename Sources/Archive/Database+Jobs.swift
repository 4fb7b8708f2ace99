import DICOMCore
import Foundation
import GRDB

extension Database {
    static let jobColumns = """
        SELECT job.*, series.seriesInstanceUID, series.studyID, study.studyInstanceUID, series.callingAETitle,
            series.modality
        FROM job JOIN series ON series.id = job.seriesID JOIN study ON study.id = series.studyID
        """

    func job(_ id: JobID) throws -> JobRecord? { try one(Self.jobColumns + " WHERE job.id = ?", [id.rawValue]) }

    func existingJob(_ id: JobID) throws -> JobRecord {
        guard let job = try job(id) else { throw ArchiveError(.notFound, "there is no job \(id)") }
        return job
    }

    /// The one place where the state of a job is written. The history's line goes into the same transaction.
    ///
    /// - Parameters:
    ///   - job: as it is in the database now
    ///   - change: what else changes with the event
    /// - Throws: `illegalTransition` where the table has none
    @discardableResult
    func transition(
        _ job: JobRecord, _ event: JobEvent, at time: Date, detail: String? = nil,
        _ change: (inout JobRecord) -> Void = { _ in }
    ) throws -> JobRecord {
        guard let state = job.state.after(event) else {
            throw ArchiveError(
                .illegalTransition, "job \(job.id) is \(job.state.rawValue): it cannot be \(event.rawValue)")
        }
        var job = job
        change(&job)
        job.state = state
        if state != .running { (job.worker, job.leaseUntil) = (nil, nil) }
        if state != .waiting { job.notBefore = nil }
        job.finishedAt = state.isFinal ? time : nil
        try update(job)
        try record(event.rawValue, at: time, series: job.seriesID, job: job.id, detail: detail)
        return job
    }

    private func update(_ job: JobRecord) throws {
        try run(
            """
            UPDATE job SET answer = ?, state = ?, outcome = ?, reason = ?, lastError = ?, attempts = ?, epoch = ?,
                worker = ?, leaseUntil = ?, notBefore = ?, startedAt = ?, finishedAt = ?, chosenSeriesUID = ?,
                findingsJSON = ?, timingsJSON = ?
            WHERE id = ?
            """,
            [
                job.answer, job.state.rawValue, job.outcome?.rawValue, job.reason, job.lastError, job.attempts,
                job.epoch, job.worker, job.leaseUntil?.unix, job.notBefore?.unix, job.startedAt?.unix,
                job.finishedAt?.unix, job.chosenSeriesUID?.rawValue, job.findingsJSON, job.timingsJSON, job.id.rawValue,
            ])
    }

    /// The job as it is now, if the lease that `job` was claimed with still holds; nil: it is somebody else's.
    func leased(_ job: JobRecord) throws -> JobRecord? {
        guard let current = try self.job(job.id), current.state == .running, current.epoch == job.epoch else {
            return nil
        }
        return current
    }

    /// Waiting jobs whose time has come become ready.
    func wakeJobs(at time: Date) throws {
        let due: [JobRecord] = try all(
            Self.jobColumns + " WHERE job.state = 'waiting' AND job.notBefore <= ?", [time.unix])
        for job in due { try transition(job, .due, at: time) }
    }

    /// Running jobs whose lease ends by `deadline` become ready again, or fail if that has happened too often: a series
    /// that brings the process down must not do so for ever.
    ///
    /// - Returns: how many
    @discardableResult
    func releaseJobs(leasedUntil deadline: Date, _ policy: RetryPolicy, at time: Date) throws -> Int {
        let lost: [JobRecord] = try all(
            Self.jobColumns + " WHERE job.state = 'running' AND job.leaseUntil <= ?", [deadline.unix])
        for job in lost {
            if job.attempts < policy.maximumAttempts {
                try transition(job, .released, at: time, detail: "the worker was lost")
            } else {
                try conclude(job, failure: "the worker was lost \(job.attempts) times while it ran", at: time)
            }
        }
        return lost.count
    }

    /// No answer, and none to come.
    @discardableResult
    func conclude(_ job: JobRecord, failure: String, at time: Date) throws -> JobRecord {
        try transition(job, .failed, at: time, detail: failure) {
            $0.outcome = .failed
            $0.reason = failure
            $0.lastError = failure
        }
    }

    func conclude(_ job: JobRecord, notApplicable: NotApplicable, at time: Date) throws {
        try transition(job, .completed, at: time, detail: notApplicable.reason) {
            $0.outcome = .notApplicable
            $0.reason = notApplicable.reason
            $0.chosenSeriesUID = notApplicable.chosen
        }
    }
}
