public import Foundation
import GRDB

extension Archive {
    /// A new private name in the spool, for an object that is being received or written. Whoever writes the file
    /// removes it if it does not reach `store` or `finish`; start-up removes what is left.
    public func makeSpoolFile() -> URL {
        URL(fileURLWithPath: "\(layout.spool)/\(UUID().uuidString).part")
    }

    /// Keeps an object: its file is synced, moved to its place in the store and indexed in one durable transaction,
    /// shared with the objects that arrive on other threads meanwhile.
    ///
    /// Takes the spool file over, also when it throws.
    ///
    /// - Throws: `outOfSpace`, `readOnly`, `unreadable`, `mismatch`, `damagedDatabase`, `internal`; then neither a file
    ///   nor a row remains
    public func store(_ received: ReceivedInstance) throws(ArchiveError) -> StoreOutcome {
        defer { try? fileSystem.remove(received.file.path) }
        return try reception.submit(try door.seal(received)).get()
    }

    /// Whether there is room for more. Cheap enough to ask before every object.
    public func admission() throws(ArchiveError) -> Admission {
        let free: Int64
        do { free = try fileSystem.freeBytes(layout.directory) } catch { throw ArchiveError(error) }
        return Admission(freeBytes: free, storedBytes: try storedBytes(), watermarks: configuration.watermarks)
    }

    /// What instances, results and quarantine take up.
    public func storedBytes() throws(ArchiveError) -> Int64 {
        try database.read { db in try db.number("SELECT storedBytes FROM usage") ?? 0 }
    }

    /// The instances of a series, in the order in which they came, with those whose file is missing.
    public func instances(of series: SeriesID) throws(ArchiveError) -> [InstanceRecord] {
        try instances(where: "seriesID = ? ORDER BY id", series.rawValue)
    }

    /// Instances whose file is lost. They were acknowledged: restore the files from a backup, or have them sent again.
    public func missingInstances(limit: Int = 100) throws(ArchiveError) -> [InstanceRecord] {
        try instances(where: "state <> 'stored' AND state = 'missing' ORDER BY id LIMIT ?", Int64(limit))
    }

    private func instances(where condition: String, _ argument: Int64) throws(ArchiveError) -> [InstanceRecord] {
        let url = layout.storeURL(column: "digest")
        return try database.read { db in
            try db.all("SELECT *, \(url) AS file FROM instance WHERE \(condition)", [argument])
        }
    }

    /// What was kept apart, newest first.
    public func quarantined(limit: Int = 100) throws(ArchiveError) -> [QuarantineRecord] {
        let url = layout.quarantineURL(column: "digest")
        return try database.read { db in
            try db.all("SELECT *, \(url) AS file FROM quarantine ORDER BY id DESC LIMIT ?", [limit])
        }
    }
}
