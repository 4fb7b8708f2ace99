import Foundation
import GRDB

extension Database {
    /// How many objects of a job's current answer were given up.
    func undelivered(_ job: JobRecord) throws -> Int64 { try countDeliveries(of: job, inStates: "'dead'") }

    private func countDeliveries(of job: JobRecord, inStates states: String) throws -> Int64 {
        try number(
            """
            SELECT count(*) FROM delivery JOIN result ON result.id = delivery.resultID
            WHERE delivery.jobID = ? AND result.answer = ? AND delivery.state IN (\(states))
            """, [job.id.rawValue, job.answer]) ?? 0
    }

    /// Ends a delivering job once none of its objects is on its way any more: as its outcome says, or as failed if a
    /// destination did not get one.
    @discardableResult
    func settle(_ job: JobRecord, at time: Date) throws -> JobRecord {
        guard job.state == .delivering, try countDeliveries(of: job, inStates: "'due', 'sending'") == 0 else {
            return job
        }
        let dead = try undelivered(job)
        guard dead == 0 else {
            let error = "delivery: \(dead) objects were given up; see `fovea deliveries list`"
            return try transition(job, .failed, at: time, detail: error) { $0.lastError = error }
        }
        return try transition(job, job.outcome?.conclusion ?? .completed, at: time, detail: "delivered") {
            $0.lastError = nil
        }
    }

    /// Makes deliveries due as if they were new.
    ///
    /// - Returns: how many
    @discardableResult
    func revive(_ condition: String, _ arguments: StatementArguments, at time: Date) throws -> Int {
        try run(
            """
            DELETE FROM destination
            WHERE name IN (SELECT destination FROM delivery WHERE state <> 'sending' AND \(condition))
            """, arguments)
        return try run(
            """
            UPDATE delivery SET state = 'due', refusals = 0, nextAttemptAt = ?, dueSince = ?, sentAt = NULL
            WHERE state <> 'sending' AND \(condition)
            """, [time.unix, time.unix] + arguments)
    }

    /// Deliveries whose lease ends by `deadline` are due again.
    ///
    /// - Returns: how many
    @discardableResult
    func releaseDeliveries(leasedUntil deadline: Date) throws -> Int {
        try run(
            "UPDATE delivery SET state = 'due', leaseUntil = NULL WHERE state = 'sending' AND leaseUntil <= ?",
            [deadline.unix])
    }
}
