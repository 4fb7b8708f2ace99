import Archive
import Foundation
import GRDB
import Testing

@Suite("Schema")
struct SchemaTests {
    static let versions = Schema.migrator.migrations

    /// Rows as each version of the schema held them.
    private func fill(_ db: Database, version: String) throws {
        try db.execute(
            sql: """
                INSERT INTO study VALUES (1, '1.2.3', 'P1', NULL, '20260101', 'chest', 1000, 1000);
                INSERT INTO series (id, studyID, seriesInstanceUID, modality, callingAETitle, lastAssociationID, state,
                    isOwnResult, firstInstanceAt, lastInstanceAt, quietAt, deadlineAt, closedAt)
                VALUES (1, 1, '1.2.3.4', 'CT', 'CT1', 'A', 'closed', 0, 1000, 1001, 1006, 1600, 1006);
                INSERT INTO instance (seriesID, sopInstanceUID, sopClassUID, transferSyntaxUID, digest, byteCount,
                    receivedAt, callingAETitle, associationID, isOwnResult, attributes)
                VALUES (1, '1.2.3.4.1', '1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.1.2', 'abcd', 4, 1000, 'CT1', 'A',
                    0,
                    '{"sopInstanceUID":"1.2.3.4.1","sopClassUID":"1.2","seriesInstanceUID":"1.2.3.4",
                    "studyInstanceUID":"1.2.3","transferSyntaxUID":"1.2.840.10008.1.2","isOwnResult":false}');
                INSERT INTO job (id, pipeline, seriesID, seriesRevision, modelName, modelDigest, state, priority,
                    createdAt)
                VALUES (7, 'lung', 1, 1, 'lung-nodules', 'd1', 'ready', 0, 1006);
                """)
    }

    @Test("a database of every version opens in this one, with what it held", arguments: versions)
    func migration(from version: String) throws {
        let fixture = try ArchiveFixture()
        for folder in ["store", "store/ab"] {
            let url = fixture.directory.appendingPathComponent(folder)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }
        try Data("abcd".utf8).write(to: fixture.directory.appendingPathComponent("store/ab/abcd.dcm"))
        do {
            let queue = try DatabaseQueue(path: fixture.directory.appendingPathComponent("archive.sqlite").path)
            try Schema.migrator.migrate(queue, upTo: version)
            try queue.write { db in try fill(db, version: version) }
        }
        let archive = try fixture.open()
        let series = try archive.onlySeries()
        #expect(series.instanceCount == 1 && series.state == .closed && series.revision == 1)
        #expect(try archive.instances(of: series.id).map(\.state) == [.stored])
        #expect(try archive.claim()?.id == JobID(rawValue: 7))
    }

    @Test("a database of a newer version is refused, for the daemon and for tools, and not touched")
    func newer() throws {
        let fixture = try ArchiveFixture()
        _ = try fixture.open()
        let path = fixture.directory.appendingPathComponent("archive.sqlite").path
        try DatabaseQueue(path: path).write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('v999')")
        }
        #expect(code { _ = try fixture.open() } == .newerSchema)
        #expect(code { _ = try fixture.open(access: .tool) } == .newerSchema)
    }

    @Test("a tool does not migrate")
    func olderForTool() throws {
        let fixture = try ArchiveFixture()
        let path = fixture.directory.appendingPathComponent("archive.sqlite").path
        try DatabaseQueue(path: path).write { db in try db.execute(sql: "CREATE TABLE t (x)") }
        #expect(code { _ = try fixture.open(access: .tool) } == .olderSchema)
    }
}
