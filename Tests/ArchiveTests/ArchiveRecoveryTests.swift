import Archive
import Foundation
import GRDB
import Testing

@Suite("Archive: opening and recovery")
struct ArchiveRecoveryTests {
    let fixture: ArchiveFixture

    init() throws { fixture = try ArchiveFixture() }

    private var database: URL { fixture.directory.appendingPathComponent("archive.sqlite") }

    @Test("nothing to put right after an orderly end")
    func nothing() throws {
        try fixture.open().receive(ObjectDescription())
        #expect(try fixture.open().recovery == RecoveryReport())
    }

    @Test("what a reception left in the spool goes")
    func spool() throws {
        _ = try fixture.open().spooled(ObjectDescription())
        #expect(try fixture.open().recovery.removedSpoolFiles == 1)
        #expect(fixture.files(in: "spool").isEmpty)
    }

    @Test("a file without a row is kept apart, not deleted")
    func orphan() throws {
        _ = try fixture.open()
        let bytes = Data("renamed, not committed".utf8)
        try bytes.write(to: fixture.directory.appendingPathComponent("store/ab/abcd.dcm"))
        let archive = try fixture.open()
        #expect(archive.recovery.quarantinedOrphans == 1)
        #expect(fixture.files(in: "store").isEmpty)
        let apart = try #require(try archive.quarantined().first)
        #expect(apart.reason == .orphan && apart.sopInstanceUID == nil)
        #expect(try Data(contentsOf: apart.file) == bytes)
    }

    @Test("a row without a file is shown, and healed when the instance comes again")
    func missing() throws {
        guard case .stored(let id, let series) = try fixture.open().receive(ObjectDescription()) else {
            return #expect(Bool(false))
        }
        let name = try #require(fixture.files(in: "store").first)
        try FileManager.default.removeItem(at: fixture.directory.appendingPathComponent("store/" + name))
        let archive = try fixture.open()
        #expect(archive.recovery.missingFiles == 1)
        #expect(try archive.missingInstances().map(\.id) == [id])
        #expect(try archive.history(of: series).last?.kind == "fileMissing")
        #expect(try archive.receive(ObjectDescription()) == .stored(id, series))
        #expect(try archive.missingInstances().isEmpty)
        #expect(fixture.files(in: "store") == [name])
        #expect(try archive.series(series)?.instanceCount == 1)
    }

    @Test("running jobs are ready again and deliveries under way are due again")
    func leases() throws {
        do {
            let archive = try fixture.open()
            try archive.enqueueJob(on: archive.receiveSeries("1.2.3.4"))
            try archive.enqueueJob(on: archive.receiveSeries("1.2.3.5"))
            let first = try #require(try archive.claim())
            #expect(try archive.finish(first, archive.answer()))
            #expect(try archive.claimDeliveries(to: "pacs").count == 2)
            _ = try archive.claim()
        }
        let archive = try fixture.open()
        #expect(archive.recovery.releasedJobs == 1 && archive.recovery.releasedDeliveries == 2)
        #expect(try archive.claim() != nil)
        #expect(try archive.claimDeliveries(to: "pacs").count == 2)
    }

    @Test("one daemon per directory; tools beside it")
    func lock() throws {
        #expect(code { _ = try fixture.open(access: .tool) } == .notFound)
        let daemon = try fixture.open()
        #expect(code { _ = try fixture.open() } == .inUse)
        let tool = try fixture.open(access: .tool)
        try daemon.receive(ObjectDescription())
        #expect(try tool.onlySeries().instanceCount == 1)
        try tool.pause()
        #expect(try daemon.pauses().wholeQueue)
    }

    @Test("a file that is no database is refused with advice, and not touched")
    func garbage() throws {
        let garbage = Data((0..<9000).map { UInt8($0 % 251) })
        try garbage.write(to: database)
        #expect(code { _ = try fixture.open() } == .damagedDatabase)
        #expect(try Data(contentsOf: database) == garbage)
    }

    @Test("a damaged page is found at start-up")
    func damagedPage() throws {
        do {
            let archive = try fixture.open()
            for number in 1...100 { try archive.receive(ObjectDescription(sop: "1.2.3.4.\(number)")) }
        }
        var bytes = try Data(contentsOf: database)
        for index in stride(from: 3 * 4096, to: bytes.count, by: 97) { bytes[index] ^= 0x5A }
        try bytes.write(to: database)
        #expect(code { _ = try fixture.open() } == .damagedDatabase)
        #expect(try Data(contentsOf: database) == bytes)
    }

    @Test("files without a database are refused: an empty one would disown them", arguments: [false, true])
    func lostDatabase(leavesEmptyFile: Bool) throws {
        try fixture.open().receive(ObjectDescription())
        try FileManager.default.removeItem(at: database)
        if leavesEmptyFile { try Data().write(to: database) }
        #expect(code { _ = try fixture.open() } == .damagedDatabase)
        #expect(fixture.files(in: "store").count == 1)
    }

    @Test("a removal that a crash interrupted is finished")
    func removal() throws {
        let keepNothing = ArchiveConfiguration(retention: RetentionPolicy(inputsSeconds: 0))
        let files = FaultyFileSystem()
        do {
            let archive = try fixture.open(keepNothing, fileSystem: files)
            let series = try archive.receiveSeries(count: 3)
            _ = try archive.close(series, reason: "test")
            files.fail(call: 2, with: EIO)
            #expect(code { _ = try archive.executeRetention() } == .internal)
            #expect(fixture.files(in: "store").count == 2)
        }
        let archive = try fixture.open(keepNothing)
        #expect(archive.recovery.finishedRemovals == 3 && archive.recovery.missingFiles == 0)
        #expect(fixture.files(in: "store").isEmpty)
        #expect(try archive.storedBytes() == 0)
    }
}
