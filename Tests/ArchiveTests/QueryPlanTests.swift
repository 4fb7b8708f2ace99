import Archive
import DICOMCore
import Foundation
import GRDB
import Synchronization
import Testing

@Suite("Archive: query plans")
struct QueryPlanTests {
    /// Runs the whole life of a few series and gives every statement that it took.
    private func statements(_ fixture: ArchiveFixture) throws -> Set<String> {
        let seen = Mutex<Set<String>>([])
        let archive = try fixture.open { sql in _ = seen.withLock { $0.insert(sql) } }
        seen.withLock { $0 = [] }
        let series = try archive.receiveSeries()
        try archive.receive(ObjectDescription(content: "other"))
        fixture.clock.advance(10)
        _ = try archive.seriesDue(at: fixture.clock.now)
        _ = try archive.openSeries(lastIn: "A")
        try archive.bringForward(series, to: fixture.clock.now, reason: "evidence")
        let job = try archive.enqueueJob(on: series)
        _ = try archive.waitingForDecision(pipeline: "lung", study: series.studyID)
        let claimed = try #require(try archive.claim())
        #expect(try archive.renew(claimed, leaseSeconds: 60))
        #expect(try archive.fail(claimed, .transient("no memory")) == .waiting)
        fixture.clock.advance(1000)
        #expect(try archive.finish(#require(try archive.claim()), archive.answer()))
        #expect(try archive.destinationsDue() == ["pacs"])
        for delivery in try archive.claimDeliveries(to: "pacs") { _ = try archive.report(delivery, .sent(.success)) }
        try archive.receive(ObjectDescription(sop: "1.2.3.4.3"))
        let next = try archive.enqueueJob(on: archive.series(series.id) ?? series)
        _ = try archive.predecessorResults(of: next)
        _ = try archive.jobDetail(job.id)
        _ = try archive.instances(of: series.id)
        _ = try archive.missingInstances()
        _ = try archive.admission()
        return seen.withLock { $0 }
    }

    @Test("nothing on the way of the data reads a whole table")
    func scans() throws {
        let fixture = try ArchiveFixture()
        let statements = try statements(fixture)
        #expect(statements.count > 40)
        let database = try DatabaseQueue(path: fixture.directory.appendingPathComponent("archive.sqlite").path)
        // A handful of rows each; and open series, of which there are few, by their partial index.
        let small = [
            "SCAN pause", "SCAN usage", "SCAN destination", "USING INDEX series_due", "SCAN earlier", "CONSTANT ROW",
        ]
        for sql in statements where ["SELECT", "UPDATE", "INSERT", "DELETE"].contains(where: sql.hasPrefix) {
            let plan = try database.read { db in
                let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
                statement.setUncheckedArguments([])
                return try Row.fetchAll(statement).compactMap { String.fromDatabaseValue($0["detail"]) }
            }
            let scans = plan.filter { step in step.hasPrefix("SCAN") && !small.contains { step.contains($0) } }
            #expect(scans.isEmpty, "\(sql)\n\(plan.joined(separator: "\n"))")
        }
    }
}
