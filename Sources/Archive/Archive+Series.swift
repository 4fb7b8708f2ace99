public import DICOMCore
public import Foundation
import GRDB

extension Archive {
    static let seriesColumns = """
        SELECT series.*, study.studyInstanceUID, study.patientID, study.studyDescription
        FROM series JOIN study ON study.id = series.studyID
        """

    /// Open series whose quiet period or deadline has passed, the longest due first.
    public func seriesDue(at time: Date, limit: Int = 100) throws(ArchiveError) -> [SeriesRecord] {
        try database.read { db in
            try db.all(
                Self.seriesColumns + " WHERE series.state = 'open' AND series.dueAt <= ? ORDER BY series.dueAt LIMIT ?",
                [time.unix, limit])
        }
    }

    /// Open series whose last instance came on the given association.
    public func openSeries(lastIn associationID: String) throws(ArchiveError) -> [SeriesRecord] {
        try database.read { db in
            try db.all(
                Self.seriesColumns
                    + " WHERE series.state = 'open' AND series.lastAssociationID = ? ORDER BY series.dueAt",
                [associationID])
        }
    }

    /// One series; nil if there is none.
    public func series(_ id: SeriesID) throws(ArchiveError) -> SeriesRecord? {
        try database.read { db in try db.one(Self.seriesColumns + " WHERE series.id = ?", [id.rawValue]) }
    }

    /// Ends the quiet period early, because of evidence that nothing more is to come. A further instance starts it
    /// anew.
    ///
    /// - Returns: false if the series has changed since the record was read, or would be due by then anyway
    @discardableResult
    public func bringForward(
        _ series: SeriesRecord, to time: Date, reason: String
    ) throws(ArchiveError) -> Bool {
        try database.write { db in
            let changed = try db.run(
                "UPDATE series SET quietAt = ?1 WHERE id = ?2 AND \(Self.isUnchanged) AND dueAt > ?1",
                [time.unix, series.id.rawValue, series.revision, series.instanceCount])
            guard changed > 0 else { return false }
            try db.record("broughtForward", at: now(), series: series.id, detail: reason)
            return true
        }
    }

    /// Takes a series for complete and puts its jobs into the queue, in one transaction.
    ///
    /// - Parameter reason: stored and shown
    /// - Returns: the jobs; nil if the series has changed since the record was read: decide again
    public func close(
        _ series: SeriesRecord, reason: String, enqueue requests: [JobRequest] = []
    ) throws(ArchiveError) -> [JobRecord]? {
        try database.write { db in
            let time = now()
            let changed = try db.run(
                "UPDATE series SET state = 'closed', closedAt = ?1, reason = ?5 WHERE id = ?2 AND \(Self.isUnchanged)",
                [time.unix, series.id.rawValue, series.revision, series.instanceCount, reason])
            guard changed > 0 else { return nil }
            try db.record("closed", at: time, series: series.id, detail: reason)
            try noteHabit(of: series, db)
            return try requests.map { try db.enqueue($0, at: time) }
        }
    }

    /// Parameters 3 and 4: nothing has arrived since the caller looked.
    private static let isUnchanged = "state = 'open' AND revision = ?3 AND instanceCount = ?4"

    private func noteHabit(of series: SeriesRecord, _ db: Database) throws {
        let isWhole = series.revision == 1 && series.associationCount == 1
        try db.run(
            """
            INSERT INTO sender (callingAETitle, wholeSeriesInARow) VALUES (?1, ?2)
            ON CONFLICT (callingAETitle) DO UPDATE SET wholeSeriesInARow = iif(?2, wholeSeriesInARow + 1, 0)
            """, [series.callingAETitle.rawValue, isWhole])
    }

    /// What the series that a sender has delivered so far say about the next one.
    public func sender(_ callingAETitle: AETitle) throws(ArchiveError) -> SenderRecord {
        try database.read { db in
            try db.one("SELECT * FROM sender WHERE callingAETitle = ?", [callingAETitle.rawValue])
        } ?? SenderRecord(callingAETitle: callingAETitle, wholeSeriesInARow: 0)
    }

    /// What happened to a series and its jobs, oldest first.
    public func history(of series: SeriesID) throws(ArchiveError) -> [EventRecord] {
        try database.read { db in
            try db.all("SELECT * FROM event WHERE seriesID = ? ORDER BY id", [series.rawValue])
        }
    }
}
