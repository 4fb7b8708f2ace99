import Archive
import DICOMCore
import Foundation
import GRDB
import Testing

@Suite("Archive: retention")
struct ArchiveRetentionTests {
    let fixture: ArchiveFixture
    let archive: Archive

    init() throws {
        fixture = try ArchiveFixture()
        let retention = RetentionPolicy(inputsSeconds: 100, resultsSeconds: 200)
        archive = try fixture.open(
            ArchiveConfiguration(jobRetry: RetryPolicy(maximumAttempts: 1, firstDelaySeconds: 1), retention: retention))
    }

    private func plan() throws -> [String] { try archive.retentionPlan().map { "\($0.kind) \($0.cause)" } }

    /// A series whose job answered with two objects for the PACS.
    private func answered(_ uid: String = "1.2.3.4") throws -> JobRecord {
        try archive.enqueueJob(on: archive.receiveSeries(uid))
        let job = try #require(try archive.claim())
        #expect(try archive.finish(job, archive.answer(uid: "2.25.\(job.id)")))
        return job
    }

    private func deliverAll() throws {
        for delivery in try archive.claimDeliveries(to: "pacs") { _ = try archive.report(delivery, .sent(.success)) }
    }

    @Test("inputs and results go their times after delivery, and leave their digests and no patient data")
    func age() throws {
        let job = try answered()
        fixture.clock.advance(1000)
        #expect(try plan() == [], "undelivered")
        try deliverAll()
        fixture.clock.advance(99)
        #expect(try plan() == [])
        fixture.clock.advance(1)
        #expect(try plan() == ["input age"])
        let report = try archive.executeRetention()
        #expect(report.removedItems == 1 && report.removedInstances == 2 && report.removedBytes > 0)
        #expect(fixture.files(in: "store").count == 2)
        #expect(try archive.onlySeries().instanceCount == 0 && archive.onlySeries().seriesDescription == nil)
        #expect(try archive.studies().first?.patientID == "P1", "the results are still there")
        fixture.clock.advance(100)
        #expect(try plan() == ["result age"])
        _ = try archive.executeRetention()
        #expect(fixture.files(in: "store").isEmpty)
        #expect(try archive.storedBytes() == 0)
        #expect(try archive.studies().allSatisfy { $0.patientID == nil })
        #expect(try archive.job(job.id)?.state == .done, "the queue still tells of it")
        let database = try DatabaseQueue(path: fixture.directory.appendingPathComponent("archive.sqlite").path)
        let stones = try database.read { db in
            try String.fetchAll(db, sql: "SELECT role || ' ' || sopInstanceUID || ' ' || length(digest) FROM tombstone")
        }
        #expect(
            stones == [
                "input 1.2.3.4.1 64", "input 1.2.3.4.2 64", "result 2.25.1.1 64", "result 2.25.1.2 64",
            ])
    }

    @Test("nothing goes while a job on it is unfinished, undelivered or failed without an answer")
    func unfinished() throws {
        let open = try archive.receiveSeries("1.2.3.1")
        fixture.clock.advance(1e6)
        #expect(try plan() == [], "open")
        let job = try archive.enqueueJob(on: open)
        fixture.clock.advance(1e6)
        #expect(try plan() == [], "ready")
        let claimed = try #require(try archive.claim())
        fixture.clock.advance(1)
        #expect(try plan() == [], "running")
        #expect(try archive.fail(claimed, .permanent("broken")) == .failed)
        fixture.clock.advance(1e6)
        #expect(try plan() == [], "failed: can be retried")
        try archive.retry(job.id)
        try archive.cancel(job.id)
        fixture.clock.advance(1e6)
        #expect(try plan() == ["input age"], "given up by hand")
    }

    @Test("dead letters keep their results and their inputs")
    func deadLetters() throws {
        _ = try answered()
        for delivery in try archive.claimDeliveries(to: "pacs") {
            _ = try archive.report(delivery, .refused(.cannotUnderstand))
        }
        fixture.clock.advance(1e6)
        #expect(try plan() == [])
    }

    @Test("a series that no pipeline wanted goes its time after it was closed")
    func unwanted() throws {
        _ = try archive.close(archive.receiveSeries(), reason: "quiet")
        fixture.clock.advance(100)
        #expect(try plan() == ["input age"])
    }

    @Test("above the quota the oldest go first, only until it is kept")
    func quota() throws {
        var sizes: [Int64] = []
        for number in 1...3 {
            _ = try archive.close(archive.receiveSeries("1.2.3.\(number)"), reason: "quiet")
            sizes.append(try archive.onlySeries("1.2.3.\(number)").byteCount)
            fixture.clock.advance(1)
        }
        archive.configuration.retention = RetentionPolicy(quotaBytes: sizes[2] + sizes[1] - 1)
        #expect(try plan() == ["input quota", "input quota"])
        _ = try archive.executeRetention(limit: 1)
        #expect(try archive.onlySeries("1.2.3.1").instanceCount == 0)
        _ = try archive.executeRetention()
        #expect(try archive.storedBytes() == sizes[2])
        #expect(try plan() == [])
        archive.configuration.retention = RetentionPolicy()
        fixture.clock.advance(1e9)
        #expect(try plan() == [], "no policy, no removal")
    }

    @Test("quarantined objects go with age too")
    func quarantine() throws {
        try archive.receive(ObjectDescription())
        try archive.receive(ObjectDescription(content: "other"))
        fixture.clock.advance(100)
        #expect(try plan() == ["quarantined age"])
        #expect(try archive.executeRetention().removedItems == 1)
        #expect(fixture.files(in: "quarantine").isEmpty)
        #expect(try archive.quarantined().isEmpty)
    }

    @Test("only the daemon removes files")
    func tool() throws {
        #expect(code { _ = try fixture.open(access: .tool).executeRetention() } == .inUse)
    }

    @Test("a series that comes again after its removal is a new revision; what is gone cannot be taken up")
    func again() throws {
        let job = try answered()
        try deliverAll()
        fixture.clock.advance(1000)
        _ = try archive.executeRetention()
        #expect(code { try archive.retry(job.id) } == .notFound)
        let series = try archive.receiveSeries()
        #expect(series.revision == 2 && series.instanceCount == 2 && series.state == .open)
        #expect(series.patientID == "P1")
        #expect(try archive.enqueueJob(on: series).id != job.id)
    }
}
