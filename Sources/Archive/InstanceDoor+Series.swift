import DICOMCore
import Foundation
import GRDB

extension InstanceDoor {
    private struct KnownSeries: Decodable {
        let id: SeriesID
        let studyInstanceUID: String
        let patientID: String?
        let callingAETitle: String
        let state: SeriesRecord.State
        let isOwnResult: Bool
        let identityConflict: String?
    }

    /// Finds or makes the series of an instance, and moves its deadlines: "complete at T" is part of the same
    /// transaction as the instance.
    func admitToSeries(_ received: ReceivedInstance, at time: Date, _ db: Database) throws -> SeriesID {
        let known: KnownSeries? = try db.one(
            """
            SELECT series.id, study.studyInstanceUID, study.patientID, series.callingAETitle, series.state,
                series.isOwnResult, series.identityConflict
            FROM series JOIN study ON study.id = series.studyID WHERE series.seriesInstanceUID = ?
            """, [received.attributes.seriesInstanceUID.rawValue])
        guard let known else { return try openSeries(received, at: time, db) }
        if known.studyInstanceUID == received.attributes.studyInstanceUID.rawValue {
            _ = try admitToStudy(received.attributes, at: time, db)
        }
        if known.isOwnResult {
            try db.run("UPDATE series SET lastInstanceAt = ? WHERE id = ?", [time.unix, known.id.rawValue])
        } else {
            try extend(known, with: received, at: time, db)
        }
        return known.id
    }

    private func openSeries(_ received: ReceivedInstance, at time: Date, _ db: Database) throws -> SeriesID {
        let attributes = received.attributes
        let study = try admitToStudy(attributes, at: time, db)
        let periods = settings.current.completeness
        let id: SeriesID = try db.insert(
            """
            INSERT INTO series (studyID, seriesInstanceUID, modality, bodyPartExamined, seriesDescription, seriesNumber,
                frameOfReferenceUID, callingAETitle, lastAssociationID, state, isOwnResult, firstInstanceAt,
                lastInstanceAt, quietAt, deadlineAt, closedAt)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                study.rawValue, attributes.seriesInstanceUID.rawValue, attributes.modality, attributes.bodyPartExamined,
                attributes.seriesDescription, attributes.seriesNumber, attributes.frameOfReferenceUID?.rawValue,
                received.callingAETitle.rawValue, received.associationID, attributes.isOwnResult ? "closed" : "open",
                attributes.isOwnResult, time.unix, time.unix,
                time.unix + periods.quietSeconds(for: received.callingAETitle), time.unix + periods.deadlineSeconds,
                attributes.isOwnResult ? time.unix : nil,
            ])
        try db.record("opened", at: time, series: id)
        return id
    }

    private func admitToStudy(_ attributes: InstanceAttributes, at time: Date, _ db: Database) throws -> StudyID {
        let id = try db.number(
            """
            INSERT INTO study (studyInstanceUID, patientID, accessionNumber, studyDate, studyDescription,
                firstReceivedAt, lastReceivedAt)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
            ON CONFLICT (studyInstanceUID) DO UPDATE SET
                lastReceivedAt = excluded.lastReceivedAt,
                patientID = coalesce(patientID, excluded.patientID),
                accessionNumber = coalesce(accessionNumber, excluded.accessionNumber),
                studyDate = coalesce(studyDate, excluded.studyDate),
                studyDescription = coalesce(studyDescription, excluded.studyDescription)
            RETURNING id
            """,
            [
                attributes.studyInstanceUID.rawValue, attributes.patientID, attributes.accessionNumber,
                attributes.studyDate, attributes.studyDescription, time.unix,
            ])
        guard let id else { throw ArchiveError(.internal, "the study's row was not written") }
        return StudyID(rawValue: id)
    }

    /// One more instance: the quiet period begins again, and a closed series opens as its next revision.
    private func extend(
        _ known: KnownSeries, with received: ReceivedInstance, at time: Date, _ db: Database
    ) throws {
        let periods = settings.current.completeness
        try db.run(
            """
            UPDATE series SET
                associationCount = associationCount + (lastAssociationID <> ?1), lastAssociationID = ?1,
                lastInstanceAt = ?2, quietAt = ?3,
                deadlineAt = CASE state WHEN 'closed' THEN ?4 ELSE deadlineAt END,
                revision = revision + (state = 'closed'), state = 'open', closedAt = NULL, reason = NULL,
                seriesDescription = coalesce(seriesDescription, ?5)
            WHERE id = ?6
            """,
            [
                received.associationID, time.unix, time.unix + periods.quietSeconds(for: received.callingAETitle),
                time.unix + periods.deadlineSeconds, received.attributes.seriesDescription, known.id.rawValue,
            ])
        if known.state == .closed {
            try db.record("reopened", at: time, series: known.id)
            try db.run("UPDATE sender SET wholeSeriesInARow = 0 WHERE callingAETitle = ?", [known.callingAETitle])
        }
        try noteConflict(known, with: received.attributes, at: time, db)
    }

    /// Keeps the evidence that a series mixes patients or studies; what follows from it is decided by whoever
    /// assembles the series.
    private func noteConflict(
        _ known: KnownSeries, with attributes: InstanceAttributes, at time: Date, _ db: Database
    ) throws {
        var keywords = Set(known.identityConflict?.split(separator: ",").map(String.init) ?? [])
        if known.studyInstanceUID != attributes.studyInstanceUID.rawValue { keywords.insert("StudyInstanceUID") }
        if let patientID = attributes.patientID, let first = known.patientID, patientID != first {
            keywords.insert("PatientID")
        }
        let conflict = keywords.sorted().joined(separator: ",")
        guard conflict != known.identityConflict ?? "" else { return }
        try db.run("UPDATE series SET identityConflict = ? WHERE id = ?", [conflict, known.id.rawValue])
        try db.record("identityConflict", at: time, series: known.id, detail: conflict)
    }
}
