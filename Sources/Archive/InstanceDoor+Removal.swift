import Foundation
import GRDB

extension InstanceDoor {
    private struct Leaving: Decodable {
        let id: InstanceID
        let seriesID: SeriesID
        let digest: String
    }

    /// Takes out what is marked as removing: files first, then, once they are gone for good, the rows. What remains is
    /// a tombstone with the digest, so that the storage stays provable, and no patient data.
    ///
    /// Called with nobody else writing; may be interrupted anywhere and called again.
    ///
    /// - Returns: the number of instances that went
    func finishRemovals(_ db: Database) throws -> Int {
        let leaving: [Leaving] = try db.all("SELECT id, seriesID, digest FROM instance WHERE state = 'removing'")
        guard !leaving.isEmpty else { return 0 }
        for instance in leaving { try fileSystem.remove(layout.storeFile(instance.digest)) }
        for prefix in Set(leaving.map { $0.digest.prefix(2) }).sorted() {
            try fileSystem.synchronize(layout.storeFolder(prefix))
        }
        try db.inTransaction {
            for instance in leaving { try bury(instance, db) }
            for series in Set(leaving.map(\.seriesID)) { try forgetPatient(of: series, db) }
            return .commit
        }
        return leaving.count
    }

    private func bury(_ instance: Leaving, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO tombstone (role, sopInstanceUID, seriesInstanceUID, digest, byteCount, receivedAt, removedAt)
            SELECT iif(instance.isOwnResult, 'result', 'input'), sopInstanceUID, seriesInstanceUID, digest,
                instance.byteCount, receivedAt, ?
            FROM instance JOIN series ON series.id = instance.seriesID WHERE instance.id = ?
            """, [now().unix, instance.id.rawValue])
        try db.run("DELETE FROM instance WHERE id = ?", [instance.id.rawValue])
    }

    /// Series, jobs and their history stay; descriptions and patient data go with the last file.
    private func forgetPatient(of series: SeriesID, _ db: Database) throws {
        try db.run(
            "UPDATE series SET seriesDescription = NULL WHERE id = ? AND instanceCount = 0", [series.rawValue])
        try db.run(
            """
            UPDATE study SET patientID = NULL, accessionNumber = NULL, studyDate = NULL, studyDescription = NULL
            WHERE id = (SELECT studyID FROM series WHERE id = ?)
                AND NOT EXISTS (SELECT 1 FROM series WHERE studyID = study.id AND instanceCount > 0)
            """, [series.rawValue])
    }
}
