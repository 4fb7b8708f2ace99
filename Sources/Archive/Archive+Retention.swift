import Foundation
import GRDB

extension Archive {
    /// What retention would remove now, oldest first: what is older than the policy keeps it, and, above the quota,
    /// whatever is next. Only what is settled is ever considered (`settledInputs`, `settledResults`).
    public func retentionPlan() throws(ArchiveError) -> [RetentionItem] {
        let policy = configuration.retention
        let time = now()
        return try database.read { db in
            let sources = [Self.settledInputs, Self.settledResults, Self.settledQuarantine]
            let settled: [RetentionItem] = try db.all(sources.joined(separator: " UNION ALL ") + " ORDER BY settledAt")
            var excess = try policy.quotaBytes.map { try (db.number("SELECT storedBytes FROM usage") ?? 0) - $0 } ?? 0
            return settled.compactMap { item in
                var item = item
                if policy.isPast(item, at: time) {
                    item.cause = .age
                } else if excess > 0 {
                    item.cause = .quota
                } else {
                    return nil
                }
                excess -= item.byteCount
                return item
            }
        }
    }

    /// Removes what the plan names, oldest first. May be interrupted anywhere: the next run goes on.
    ///
    /// - Parameter limit: at most so many items, so that reception is never held up for long
    /// - Throws: `inUse` for a tool: only the daemon removes files
    public func executeRetention(limit: Int = 10) throws(ArchiveError) -> RetentionReport {
        guard access == .daemon else { throw ArchiveError(.inUse, "only the daemon removes files: let it do so") }
        var report = RetentionReport()
        for item in try retentionPlan().prefix(limit) {
            let removed = try item.kind == .quarantined ? removeQuarantined(item) : remove(item)
            guard removed > 0 else { continue }
            report.removedItems += 1
            report.removedInstances += removed
            report.removedBytes += item.byteCount
        }
        return report
    }

    /// Marks, removes the files, removes the rows; between these steps nobody else writes, so that no instance comes
    /// back while its file goes.
    private func remove(_ item: RetentionItem) throws(ArchiveError) -> Int {
        let settled = item.kind == .input ? Self.settledInputs : Self.settledResults
        let ofResults = "id IN (SELECT instanceID FROM result WHERE jobID = ?1)"
        let instances = item.kind == .input ? "seriesID = ?1" : ofResults
        return try database.writeInSteps { db in
            try db.inTransaction {
                // Asked again: a late instance or a retry may have come since the plan was made.
                let isStillSettled = try db.number("SELECT 1 FROM (\(settled)) WHERE id = ?", [item.id]) != nil
                if isStillSettled {
                    try db.run("UPDATE instance SET state = 'removing' WHERE \(instances)", [item.id])
                }
                return .commit
            }
            return try door.finishRemovals(db)
        }
    }

    private func removeQuarantined(_ item: RetentionItem) throws(ArchiveError) -> Int {
        try database.writeInSteps { db in
            let digest = try String.fetchOne(
                db, sql: "SELECT digest FROM quarantine WHERE id = ?", arguments: [item.id])
            guard let digest else { return 0 }
            try fileSystem.remove(layout.quarantineFile(digest))
            try fileSystem.synchronize(layout.quarantine)
            try db.inTransaction {
                try db.run(
                    """
                    INSERT INTO tombstone (role, sopInstanceUID, seriesInstanceUID, digest, byteCount, receivedAt,
                        removedAt)
                    SELECT 'quarantined', sopInstanceUID, seriesInstanceUID, digest, byteCount, receivedAt, ?
                    FROM quarantine WHERE id = ?
                    """, [now().unix, item.id])
                try db.run("DELETE FROM quarantine WHERE id = ?", [item.id])
                return .commit
            }
            return 1
        }
    }

    /// A job that will not touch its series again by itself, and owes nothing: done, refused or cancelled, or failed
    /// with an answer that was delivered. A failed one without is kept, so that it can be retried.
    private static let isJobSettled = """
        (job.state IN ('done', 'refused', 'cancelled') OR job.state = 'failed' AND (job.supersededByID IS NOT NULL
            OR EXISTS (SELECT 1 FROM result WHERE result.jobID = job.id AND result.answer = job.answer)
            AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.jobID = job.id AND delivery.state <> 'sent')))
        """

    /// Received series that are closed and whose every job is settled.
    private static let settledInputs = """
        SELECT 'input' AS kind, series.id AS id, series.instanceCount AS instanceCount, series.byteCount AS byteCount,
            max(series.closedAt, coalesce((SELECT max(finishedAt) FROM job WHERE job.seriesID = series.id), 0))
            AS settledAt, 'age' AS cause
        FROM series WHERE series.state = 'closed' AND NOT series.isOwnResult AND series.instanceCount > 0
            AND NOT EXISTS (SELECT 1 FROM job WHERE job.seriesID = series.id AND NOT \(isJobSettled))
        """

    /// The results of settled jobs, nothing of which is undelivered.
    private static let settledResults = """
        SELECT 'result' AS kind, job.id AS id, count(*) AS instanceCount, sum(instance.byteCount) AS byteCount,
            job.finishedAt AS settledAt, 'age' AS cause
        FROM job JOIN result ON result.jobID = job.id JOIN instance ON instance.id = result.instanceID
        WHERE \(isJobSettled) GROUP BY job.id
        """

    private static let settledQuarantine = """
        SELECT 'quarantined' AS kind, id, 1 AS instanceCount, byteCount, receivedAt AS settledAt, 'age' AS cause
        FROM quarantine
        """
}

extension RetentionPolicy {
    fileprivate func isPast(_ item: RetentionItem, at time: Date) -> Bool {
        let keptSeconds = item.kind == .result ? resultsSeconds : inputsSeconds
        return keptSeconds.map { item.settledAt.addingTimeInterval($0) <= time } ?? false
    }
}
