import GRDB

extension Archive {
    /// Ends a job by hand. What is on its way to a destination at this moment may still arrive.
    ///
    /// - Throws: `notFound`, `illegalTransition` if it has ended already
    public func cancel(_ id: JobID) throws(ArchiveError) {
        try database.write { db in
            try db.transition(db.existingJob(id), .cancelled, at: now(), detail: "by hand")
            try db.run(
                "UPDATE delivery SET state = 'dead', lastError = 'cancelled' WHERE jobID = ? AND state = 'due'",
                [id.rawValue])
        }
    }

    /// Takes up an ended job again: one that has an answer sends its stored files again, bytes as they are; one that
    /// was refused, failed or was cancelled without is computed again, as its next answer.
    ///
    /// - Throws: `notFound` (also if retention has removed what it needs), `illegalTransition` if it has not ended
    @discardableResult
    public func retry(_ id: JobID) throws(ArchiveError) -> JobRecord {
        try database.write { db in
            let job = try db.existingJob(id)
            guard job.state.isFinal else {
                throw ArchiveError(.illegalTransition, "job \(id) is \(job.state.rawValue): it has not ended")
            }
            let results = try results("jobID = ? AND answer = ?", [id.rawValue, job.answer], db)
            let undelivered = try db.undelivered(job)
            let isAnswered = undelivered > 0 || job.outcome?.conclusion == .completed
            guard isAnswered, !results.isEmpty else { return try computeAgain(job, hasAnswered: !results.isEmpty, db) }
            guard results.allSatisfy(\.isStored) else {
                throw ArchiveError(.notFound, "retention has removed the results of job \(id)")
            }
            let time = now()
            let again = try db.transition(job, .redelivered, at: time, detail: "by hand")
            let which = undelivered > 0 ? " AND state = 'dead'" : ""
            try db.revive(
                "resultID IN (SELECT id FROM result WHERE jobID = ? AND answer = ?)" + which,
                [id.rawValue, job.answer], at: time)
            return try db.settle(again, at: time)
        }
    }

    private func computeAgain(_ job: JobRecord, hasAnswered: Bool, _ db: Database) throws -> JobRecord {
        let inputs = try db.number("SELECT instanceCount FROM series WHERE id = ?", [job.seriesID.rawValue])
        guard inputs ?? 0 > 0 else {
            throw ArchiveError(.notFound, "retention has removed the series of job \(job.id): have it sent again")
        }
        return try db.transition(job, .retried, at: now(), detail: "by hand") {
            $0.attempts = 0
            $0.answer += hasAnswered ? 1 : 0
            ($0.outcome, $0.reason, $0.chosenSeriesUID, $0.findingsJSON, $0.timingsJSON) = (nil, nil, nil, nil, nil)
        }
    }

    /// Higher goes first.
    public func prioritize(_ id: JobID, priority: Int) throws(ArchiveError) {
        try database.write { db in
            let job = try db.existingJob(id)
            try db.run("UPDATE job SET priority = ? WHERE id = ?", [priority, id.rawValue])
            try db.record("prioritized", at: now(), series: job.seriesID, job: id, detail: String(priority))
        }
    }

    /// Keeps jobs from being claimed; running ones go on.
    ///
    /// - Parameter pipeline: nil for the whole queue
    public func pause(pipeline: String? = nil) throws(ArchiveError) {
        _ = try database.write { db in try db.run("INSERT OR IGNORE INTO pause (scope) VALUES (?)", [pipeline ?? ""]) }
    }

    /// Ends a pause.
    ///
    /// - Parameter pipeline: nil for that of the whole queue
    public func resume(pipeline: String? = nil) throws(ArchiveError) {
        _ = try database.write { db in try db.run("DELETE FROM pause WHERE scope = ?", [pipeline ?? ""]) }
    }

    /// What is paused.
    public func pauses() throws(ArchiveError) -> QueuePauses {
        let scopes = try database.read { db in
            try String.fetchAll(db, sql: "SELECT scope FROM pause ORDER BY scope")
        }
        return QueuePauses(wholeQueue: scopes.contains(""), pipelines: scopes.filter { !$0.isEmpty })
    }
}
