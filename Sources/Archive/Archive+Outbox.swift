import DICOMCore
import Foundation
import GRDB

extension Archive {
    var deliveryColumns: String {
        """
        SELECT delivery.*, job.pipeline, result.role, result.sopInstanceUID, result.sopClassUID,
            result.transferSyntaxUID, \(layout.storeURL(column: "result.digest")) AS file
        FROM delivery JOIN result ON result.id = delivery.resultID JOIN job ON job.id = delivery.jobID
        """
    }

    /// Destinations for which something is due, and which are not being left alone after a failure.
    public func destinationsDue() throws(ArchiveError) -> [String] {
        try database.write { db in
            let time = now()
            try db.releaseDeliveries(leasedUntil: time)
            return try String.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT DISTINCT destination FROM delivery WHERE state = 'due' AND nextAttemptAt <= ?1
                            AND NOT EXISTS (SELECT 1 FROM destination
                                WHERE name = delivery.destination AND notBefore > ?1)
                        """), arguments: [time.unix])
        }
    }

    /// Leases what is due for one destination, for one association, in the order in which it was answered.
    ///
    /// - Parameter leaseSeconds: long enough for the whole association
    public func claimDeliveries(
        to destination: String, limit: Int = 100, leaseSeconds: Double = 600
    ) throws(ArchiveError) -> [DeliveryRecord] {
        try database.write { db in
            let time = now()
            let backOff = try db.number(
                "SELECT 1 FROM destination WHERE name = ? AND notBefore > ?", [destination, time.unix])
            guard backOff == nil else { return [] }
            let due = try Int64.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT id FROM delivery WHERE state = 'due' AND destination = ? AND nextAttemptAt <= ?
                        ORDER BY id LIMIT ?
                        """), arguments: [destination, time.unix, limit])
            return try due.compactMap { id in
                try db.run(
                    "UPDATE delivery SET state = 'sending', attempts = attempts + 1, leaseUntil = ? WHERE id = ?",
                    [time.unix + leaseSeconds, id])
                return try db.one(deliveryColumns + " WHERE delivery.id = ?", [id])
            }
        }
    }

    /// Writes down how the delivery of one object went, and ends its job if it was the last one.
    ///
    /// - Returns: the delivery's new state; nil if the lease was lost
    @discardableResult
    public func report(
        _ delivery: DeliveryRecord, _ outcome: DeliveryOutcome
    ) throws(ArchiveError) -> DeliveryRecord.State? {
        let configuration = configuration
        return try database.write { db in
            let current: Attempt? = try db.one(
                "SELECT refusals, dueSince FROM delivery WHERE id = ? AND state = 'sending' AND attempts = ?",
                [delivery.id.rawValue, delivery.attempts])
            guard let current else { return nil }
            let time = now()
            let verdict = Verdict(outcome, after: current, at: time, configuration)
            try db.write(verdict, on: delivery, at: time)
            switch outcome {
            case .sent, .refused: try db.run("DELETE FROM destination WHERE name = ?", [delivery.destination])
            case .unreachable(let why): try leaveAlone(delivery.destination, why, at: time, db)
            case .notAttempted: break
            }
            let job = try db.existingJob(delivery.jobID)
            if let event = verdict.event {
                let detail =
                    "\(delivery.role.rawValue) to \(delivery.destination)" + (verdict.error.map { ": " + $0 } ?? "")
                try db.record(event, at: time, series: job.seriesID, job: job.id, detail: detail)
            }
            if verdict.state != .due { try db.settle(job, at: time) }
            return verdict.state
        }
    }

    /// A destination that does not answer is asked again after a growing wait; the others go on.
    private func leaveAlone(_ destination: String, _ why: String, at time: Date, _ db: Database) throws {
        let known: Backoff? = try db.one(
            "SELECT failures, notBefore FROM destination WHERE name = ?", [destination])
        // Several objects of one broken association are one failure.
        if let known, known.notBefore > time { return }
        let failures = (known?.failures ?? 0) + 1
        let delay = configuration.deliveryRetry.delaySeconds(afterAttempts: failures)
        try db.run(
            "INSERT OR REPLACE INTO destination (name, failures, notBefore, lastError) VALUES (?, ?, ?, ?)",
            [destination, failures, time.unix + delay, why])
    }

    private struct Backoff: Decodable {
        let failures: Int
        let notBefore: Date
    }

    /// Makes dead letters due again; their jobs are delivering again.
    ///
    /// - Parameters:
    ///   - ids: nil for all
    ///   - destination: nil for every one
    /// - Returns: how many
    @discardableResult
    public func retryDeliveries(
        ids: [DeliveryID]? = nil, destination: String? = nil
    ) throws(ArchiveError) -> Int {
        try database.write { db in
            let time = now()
            var dead: [DeliveryRecord] = try db.all(
                deliveryColumns + " WHERE delivery.state = 'dead' ORDER BY delivery.id")
            if let ids { dead.removeAll { !ids.contains($0.id) } }
            if let destination { dead.removeAll { $0.destination != destination } }
            for delivery in dead {
                guard
                    try db.revive(
                        "id = ? AND EXISTS (SELECT 1 FROM result WHERE id = resultID AND instanceID IS NOT NULL)",
                        [delivery.id.rawValue], at: time) > 0
                else {
                    throw ArchiveError(.notFound, "retention has removed the object of delivery \(delivery.id)")
                }
                let job = try db.existingJob(delivery.jobID)
                if job.state.isFinal { try db.transition(job, .redelivered, at: time, detail: "by hand") }
            }
            return dead.count
        }
    }
}

/// What the decision on an attempt depends on.
private struct Attempt: Decodable {
    let refusals: Int
    let dueSince: Date
}

/// What follows from the outcome of an attempt.
private struct Verdict {
    var state: DeliveryRecord.State
    var refusals: Int
    var nextAttemptAt: Date
    var status: Int?
    var error: String?
    /// What the history calls it; nil: not worth a line.
    var event: String?

    init(_ outcome: DeliveryOutcome, after attempt: Attempt, at time: Date, _ configuration: ArchiveConfiguration) {
        state = .due
        refusals = attempt.refusals
        nextAttemptAt = time
        let policy = configuration.deliveryRetry
        switch outcome {
        case .sent(let status):
            (state, self.status, event) = (.sent, Int(status.rawValue), "sent")
        case .refused(let status):
            refusals += 1
            (self.status, error) = (Int(status.rawValue), "refused with status \(status)")
            nextAttemptAt = time.addingTimeInterval(policy.delaySeconds(afterAttempts: refusals))
            if !status.isTransientRefusal || refusals >= policy.maximumAttempts { state = .dead }
            event = state == .dead ? "dead" : "refusedByDestination"
        case .unreachable(let why):
            error = why
            if time.timeIntervalSince(attempt.dueSince) >= configuration.deliveryGiveUpSeconds {
                (state, event) = (.dead, "dead")
            }
        case .notAttempted: break
        }
    }
}

extension Database {
    fileprivate func write(_ verdict: Verdict, on delivery: DeliveryRecord, at time: Date) throws {
        try run(
            """
            UPDATE delivery SET state = ?, refusals = ?, nextAttemptAt = ?, leaseUntil = NULL,
                lastStatus = coalesce(?, lastStatus), lastError = ?, sentAt = ?
            WHERE id = ?
            """,
            [
                verdict.state.rawValue, verdict.refusals, verdict.nextAttemptAt.unix, verdict.status,
                verdict.error, verdict.state == .sent ? time.unix : nil, delivery.id.rawValue,
            ])
    }
}
