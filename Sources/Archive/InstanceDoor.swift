import DICOMCore
import Foundation
import GRDB

/// The one way into the store and out of it, for received objects and for results: a file and its row, or neither.
struct InstanceDoor: Sendable {
    let layout: ArchiveLayout
    let fileSystem: any FileSystem
    let database: ArchiveDatabase
    let settings: SharedConfiguration
    let now: @Sendable () -> Date

    /// Reads the file once and syncs it: the part that runs on the caller's thread, beside others.
    func seal(_ received: ReceivedInstance) throws(ArchiveError) -> SealedInstance {
        let digest: FileDigest
        do {
            digest = try fileSystem.digest(received.file.path)
            try fileSystem.synchronize(received.file.path)
        } catch {
            throw ArchiveError(error)
        }
        guard digest.byteCount > 0 else { throw ArchiveError(.unreadable, "the object is empty") }
        return SealedInstance(received: received, digest: digest)
    }

    /// One transaction for all; if it fails, one for each, so that none suffers for another.
    func commit(_ batch: [SealedInstance]) -> [Result<StoreOutcome, ArchiveError>] {
        do throws(ArchiveError) {
            return try transaction { db, moves in try batch.map { try place($0, db, &moves) } }.map { .success($0) }
        } catch {
            guard batch.count > 1, !error.isSynchronizationFailure else { return batch.map { _ in .failure(error) } }
            return batch.flatMap { commit([$0]) }
        }
    }

    /// A transaction with the renames that belong to it: the folders are synced before it commits, and if anything
    /// fails the files go back to where they were.
    func transaction<Value>(
        _ body: (Database, inout FileMoves) throws -> Value
    ) throws(ArchiveError) -> Value {
        var moves = FileMoves(fileSystem)
        do throws(ArchiveError) {
            return try database.write { db in
                let value = try body(db, &moves)
                try moves.synchronize()
                return value
            }
        } catch {
            moves.takeBack()
            throw error
        }
    }

    /// Decides what becomes of an object, and does it.
    func place(_ item: SealedInstance, _ db: Database, _ moves: inout FileMoves) throws -> StoreOutcome {
        guard let known = try knownInstance(item.received.attributes.sopInstanceUID, db) else {
            return try add(item, db, &moves)
        }
        if known.digest == item.digest.hexadecimal {
            return try repeated(item, of: known, db, &moves)
        }
        let isElsewhere = known.seriesInstanceUID != item.received.attributes.seriesInstanceUID
        return try quarantine(item, isElsewhere ? .differentSeries : .differentContent, known, db, &moves)
    }

    private struct KnownInstance: Decodable {
        let id: InstanceID
        let seriesID: SeriesID
        let seriesInstanceUID: SeriesInstanceUID
        let digest: String
        let state: InstanceRecord.State
    }

    private func knownInstance(_ uid: SOPInstanceUID, _ db: Database) throws -> KnownInstance? {
        try db.one(
            """
            SELECT instance.id, instance.seriesID, series.seriesInstanceUID, instance.digest, instance.state
            FROM instance JOIN series ON series.id = instance.seriesID WHERE instance.sopInstanceUID = ?
            """, [uid.rawValue])
    }

    private func add(_ item: SealedInstance, _ db: Database, _ moves: inout FileMoves) throws -> StoreOutcome {
        let digest = item.digest.hexadecimal
        let isKnownContent = try db.number("SELECT 1 FROM instance WHERE digest = ?", [digest]) != nil
        guard !isKnownContent else {
            throw ArchiveError(.mismatch, "the same bytes are stored under another SOP Instance UID")
        }
        let received = item.received
        let time = now()
        let series = try admitToSeries(received, at: time, db)
        try moves.move(received.file.path, to: layout.storeFile(digest))
        let json = String(decoding: try JSONEncoder().encode(received.attributes), as: UTF8.self)
        let id: InstanceID = try db.insert(
            """
            INSERT INTO instance (seriesID, sopInstanceUID, sopClassUID, transferSyntaxUID, digest, byteCount,
                receivedAt, callingAETitle, associationID, instanceNumber, isOwnResult, attributes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                series.rawValue, received.attributes.sopInstanceUID.rawValue, received.attributes.sopClassUID.rawValue,
                received.attributes.transferSyntaxUID.rawValue, digest, item.digest.byteCount, time.unix,
                received.callingAETitle.rawValue, received.associationID, received.attributes.instanceNumber,
                received.attributes.isOwnResult, json,
            ])
        return .stored(id, series)
    }

    /// The same bytes again: nothing to do, unless the file was lost or is about to be removed.
    private func repeated(
        _ item: SealedInstance, of known: KnownInstance, _ db: Database, _ moves: inout FileMoves
    ) throws -> StoreOutcome {
        if known.state == .stored { return .duplicate(known.id) }
        try moves.move(item.received.file.path, to: layout.storeFile(known.digest))
        try db.run("UPDATE instance SET state = 'stored' WHERE id = ?", [known.id.rawValue])
        return .stored(known.id, known.seriesID)
    }

    private func quarantine(
        _ item: SealedInstance, _ reason: QuarantineReason, _ known: KnownInstance, _ db: Database,
        _ moves: inout FileMoves
    ) throws -> StoreOutcome {
        let digest = item.digest.hexadecimal
        if try db.number("SELECT 1 FROM quarantine WHERE digest = ?", [digest]) == nil {
            let received = item.received
            try moves.move(received.file.path, to: layout.quarantineFile(digest))
            try db.run(
                """
                INSERT INTO quarantine (reason, sopInstanceUID, seriesInstanceUID, callingAETitle, digest, byteCount,
                    receivedAt)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    reason.rawValue, received.attributes.sopInstanceUID.rawValue,
                    received.attributes.seriesInstanceUID.rawValue, received.callingAETitle.rawValue, digest,
                    item.digest.byteCount, now().unix,
                ])
            let detail = "\(reason.rawValue): \(received.attributes.sopInstanceUID)"
            try db.record("quarantined", at: now(), series: known.seriesID, detail: detail)
        }
        return .quarantined(reason)
    }
}
