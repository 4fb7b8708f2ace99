import DICOMCore
import Foundation
import GRDB

extension Archive {
    /// Ends a run with its answer: the result files are stored, their deliveries and the job's new state are written,
    /// all in one transaction. Takes the files over in every case.
    ///
    /// - Returns: false if the lease was lost: whoever holds it now answers, and these files are discarded
    /// - Throws: `mismatch` if a result's SOP Instance UID is stored with other bytes, and what `store` throws
    public func finish(_ job: JobRecord, _ answer: JobAnswer) throws(ArchiveError) -> Bool {
        defer { for object in answer.objects { try? fileSystem.remove(object.file.path) } }
        var sealed: [SealedInstance] = []
        for object in answer.objects { sealed.append(try door.seal(object.received(for: job))) }
        return try door.transaction { db, moves in
            guard let held = try db.leased(job) else { return false }
            var deliveries = 0
            for (object, instance) in zip(answer.objects, sealed) {
                let result = try self.add(object, instance, of: held, db, &moves)
                let destinations = object.destinations ?? answer.destinations
                for destination in destinations { try add(result, of: held, to: destination, db) }
                deliveries += destinations.count
            }
            let event = deliveries > 0 ? .answered : answer.outcome.conclusion
            try db.transition(held, event, at: now(), detail: answer.outcome.rawValue) { $0.take(answer) }
            return true
        }
    }

    private func add(
        _ object: ResultObject, _ sealed: SealedInstance, of job: JobRecord, _ db: Database, _ moves: inout FileMoves
    ) throws -> ArchiveID<ResultRecord> {
        let instance: InstanceID
        switch try door.place(sealed, db, &moves) {
        case .stored(let id, _), .duplicate(let id): instance = id
        case .quarantined:
            throw ArchiveError(
                .mismatch, "result \(object.attributes.sopInstanceUID) of job \(job.id) is stored with other content")
        }
        let attributes = object.attributes
        return try db.insert(
            """
            INSERT INTO result (jobID, answer, role, sopInstanceUID, sopClassUID, transferSyntaxUID, seriesInstanceUID,
                studyInstanceUID, digest, instanceID)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                job.id.rawValue, job.answer, object.role.rawValue, attributes.sopInstanceUID.rawValue,
                attributes.sopClassUID.rawValue, attributes.transferSyntaxUID.rawValue,
                attributes.seriesInstanceUID.rawValue, attributes.studyInstanceUID.rawValue, sealed.digest.hexadecimal,
                instance.rawValue,
            ])
    }

    private func add(
        _ result: ArchiveID<ResultRecord>, of job: JobRecord, to destination: String, _ db: Database
    ) throws {
        let time = now().unix
        try db.run(
            """
            INSERT INTO delivery (jobID, resultID, destination, state, nextAttemptAt, dueSince, createdAt)
            VALUES (?1, ?2, ?3, 'due', ?4, ?4, ?4)
            """, [job.id.rawValue, result.rawValue, destination, time])
    }

    /// The result objects of a job's current answer.
    public func results(of job: JobID) throws(ArchiveError) -> [ResultRecord] {
        try database.read { db in
            try results(
                "result.jobID = ?1 AND result.answer = (SELECT answer FROM job WHERE id = ?1)", [job.rawValue], db)
        }
    }

    /// What the answer of a job supersedes: the results of its earlier answers, and of its predecessors.
    public func predecessorResults(of job: JobRecord) throws(ArchiveError) -> [ResultRecord] {
        try database.read { db in
            try results(
                """
                result.jobID = ?1 AND result.answer < ?2 OR result.jobID IN (
                    WITH RECURSIVE earlier(id) AS (
                        SELECT predecessorID FROM job WHERE id = ?1
                        UNION SELECT job.predecessorID FROM job JOIN earlier ON job.id = earlier.id)
                    SELECT id FROM earlier)
                """, [job.id.rawValue, job.answer], db)
        }
    }

    func results(_ condition: String, _ arguments: StatementArguments, _ db: Database) throws -> [ResultRecord] {
        let url = layout.storeURL(column: "result.digest")
        return try db.all(
            """
            SELECT result.*, instanceID IS NOT NULL AS isStored, \(url) AS file
            FROM result WHERE \(condition) ORDER BY id
            """, arguments)
    }
}

extension ResultObject {
    /// A result goes through the same door as what is received.
    fileprivate func received(for job: JobRecord) -> ReceivedInstance {
        var attributes = attributes
        attributes.isOwnResult = true
        return ReceivedInstance(
            file: file, attributes: attributes, callingAETitle: job.callingAETitle, associationID: "job \(job.id)")
    }
}

extension JobRecord {
    fileprivate mutating func take(_ answer: JobAnswer) {
        outcome = answer.outcome
        reason = answer.reason
        lastError = nil
        chosenSeriesUID = answer.chosenSeries
        findingsJSON = answer.findingsJSON
        timingsJSON = answer.timingsJSON
    }
}

extension JobOutcome {
    /// How a job with this outcome ends once nothing is left to be delivered.
    var conclusion: JobEvent {
        switch self {
        case .findings, .nothingFound, .notApplicable: .completed
        case .refused: .refused
        case .failed: .failed
        }
    }
}
