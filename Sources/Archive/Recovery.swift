import Foundation
import GRDB

/// Puts right at start-up whatever a crash left. Nothing acknowledged is ever touched, and nothing but unfinished
/// receptions is deleted.
struct Recovery {
    let door: InstanceDoor

    func run() throws -> RecoveryReport {
        var report = RecoveryReport()
        report.removedSpoolFiles = try emptySpool()
        report.finishedRemovals = try door.database.writeInSteps { db in try door.finishRemovals(db) }
        for prefix in ArchiveLayout.prefixes { try reconcile(prefix, &report) }
        let policy = door.settings.current.jobRetry
        try door.database.write { db in
            report.releasedJobs = try db.releaseJobs(leasedUntil: .distantFuture, policy, at: door.now())
            report.releasedDeliveries = try db.releaseDeliveries(leasedUntil: .distantFuture)
        }
        return report
    }

    private func emptySpool() throws -> Int {
        let names = try door.fileSystem.contents(door.layout.spool)
        for name in names { try door.fileSystem.remove("\(door.layout.spool)/\(name)") }
        return names.count
    }

    /// Compares one folder of the store with its rows, both ways.
    private func reconcile(_ prefix: String, _ report: inout RecoveryReport) throws {
        let files = Set(try door.fileSystem.contents(door.layout.storeFolder(prefix)))
        let rows: [Row] = try door.database.read { db in
            // "g" comes after every hexadecimal digit.
            try db.all(
                "SELECT id, seriesID, digest, state FROM instance WHERE digest >= ?1 AND digest < ?1 || 'g'", [prefix])
        }
        for row in rows where row.state == .stored && !files.contains(row.name) {
            try markMissing(row)
            report.missingFiles += 1
        }
        for orphan in files.subtracting(rows.map(\.name)).sorted() {
            try quarantine(orphan, in: prefix)
            report.quarantinedOrphans += 1
        }
    }

    private struct Row: Decodable {
        let id: InstanceID
        let seriesID: SeriesID
        let digest: String
        let state: InstanceRecord.State
        var name: String { digest + ".dcm" }
    }

    private func markMissing(_ row: Row) throws {
        try door.database.write { db in
            try db.run("UPDATE instance SET state = 'missing' WHERE id = ?", [row.id.rawValue])
            try db.record("fileMissing", at: door.now(), series: row.seriesID, detail: "instance \(row.id)")
        }
    }

    /// A file without a row was never acknowledged under this database; but the database may be an older copy, so the
    /// file is kept apart, not deleted.
    private func quarantine(_ name: String, in prefix: String) throws {
        let path = door.layout.storeFolder(prefix) + "/" + name
        let digest = try door.fileSystem.digest(path)
        try door.transaction { db, moves in
            try moves.move(path, to: door.layout.quarantineFile(digest.hexadecimal))
            try db.run(
                "INSERT OR IGNORE INTO quarantine (reason, digest, byteCount, receivedAt) VALUES (?, ?, ?, ?)",
                [QuarantineReason.orphan.rawValue, digest.hexadecimal, digest.byteCount, door.now().unix])
        }
    }
}
