import Foundation
import GRDB

extension Archive {
    /// Puts a job into the queue, once: a second request for the same pipeline, series, revision and model gives the
    /// same row. A job of an earlier revision is superseded, and cancelled if it has not answered.
    @discardableResult
    public func enqueue(_ request: JobRequest) throws(ArchiveError) -> JobRecord {
        try database.write { db in try db.enqueue(request, at: now()) }
    }

    /// A pipeline's jobs on a study that wait for `decide`.
    public func waitingForDecision(pipeline: String, study: StudyID) throws(ArchiveError) -> [JobRecord] {
        try database.read { db in
            try db.all(
                Database.jobColumns + """
                     WHERE job.state = 'waiting' AND job.notBefore IS NULL AND job.pipeline = ? AND series.studyID = ?
                    ORDER BY job.id
                    """, [pipeline, study.rawValue])
        }
    }

    /// Lets one waiting job run and ends others, in one transaction.
    ///
    /// - Parameter earlier: the choice before this one, whose answer, if it has one, the new one supersedes
    /// - Throws: `illegalTransition` if one of them has moved on
    public func decide(
        ready chosen: JobID?, superseding earlier: JobID? = nil, notApplicable: [JobID: NotApplicable]
    ) throws(ArchiveError) {
        try database.write { db in
            let time = now()
            if let chosen { try db.transition(db.existingJob(chosen), .due, at: time, detail: "chosen") }
            for (id, why) in notApplicable.sorted(by: { $0.key < $1.key }) {
                try db.conclude(db.existingJob(id), notApplicable: why, at: time)
            }
            if let chosen, let earlier { try db.follow(db.existingJob(earlier), by: chosen, at: time) }
        }
    }

    /// Leases the next job: highest priority first, then the oldest. Jobs of paused pipelines stay.
    ///
    /// - Parameter worker: a name for the history
    /// - Returns: the job with a new epoch; nil if there is nothing to do
    public func claimJob(worker: String, leaseSeconds: Double) throws(ArchiveError) -> JobRecord? {
        let policy = configuration.jobRetry
        return try database.write { db in
            let time = now()
            try db.wakeJobs(at: time)
            try db.releaseJobs(leasedUntil: time, policy, at: time)
            let next = try db.number(
                """
                SELECT id FROM job WHERE state = 'ready'
                    AND NOT EXISTS (SELECT 1 FROM pause WHERE scope = '')
                    AND NOT EXISTS (SELECT 1 FROM pause WHERE scope = job.pipeline)
                ORDER BY priority DESC, id LIMIT 1
                """)
            guard let next else { return nil }
            return try db.transition(db.existingJob(JobID(rawValue: next)), .claimed, at: time, detail: worker) {
                $0.epoch += 1
                $0.attempts += 1
                $0.worker = worker
                $0.leaseUntil = time.addingTimeInterval(leaseSeconds)
                $0.startedAt = time
            }
        }
    }

    /// Keeps a lease. To be called every third of it.
    ///
    /// - Returns: false if the job is no longer the caller's: stop working on it
    public func renew(_ job: JobRecord, leaseSeconds: Double) throws(ArchiveError) -> Bool {
        try database.write { db in
            try db.run(
                "UPDATE job SET leaseUntil = ? WHERE id = ? AND state = 'running' AND epoch = ?",
                [now().unix + leaseSeconds, job.id.rawValue, job.epoch]) > 0
        }
    }

    /// Gives a job back without prejudice, as when the daemon stops.
    @discardableResult
    public func release(_ job: JobRecord) throws(ArchiveError) -> Bool {
        try database.write { db in
            guard let held = try db.leased(job) else { return false }
            try db.transition(held, .released, at: now(), detail: "given back") { $0.attempts -= 1 }
            return true
        }
    }

    /// Whether a transient failure of this run would be the last one.
    public func isLastAttempt(_ job: JobRecord) -> Bool { job.attempts >= configuration.jobRetry.maximumAttempts }

    /// Ends a run that has no answer to give. With an answer that says so (an SR), `finish` is the way.
    ///
    /// - Returns: the new state; nil if the lease was lost
    @discardableResult
    public func fail(_ job: JobRecord, _ failure: JobFailure) throws(ArchiveError) -> JobState? {
        let policy = configuration.jobRetry
        return try database.write { db in
            guard let held = try db.leased(job) else { return nil }
            let time = now()
            guard case .transient(let reason) = failure, held.attempts < policy.maximumAttempts else {
                return try db.conclude(held, failure: failure.reason, at: time).state
            }
            return try db.transition(held, .postponed, at: time, detail: reason) {
                $0.lastError = reason
                $0.notBefore = time.addingTimeInterval(policy.delaySeconds(afterAttempts: held.attempts))
            }.state
        }
    }
}
