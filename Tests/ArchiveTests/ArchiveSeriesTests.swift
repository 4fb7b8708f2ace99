import Archive
import DICOMCore
import Foundation
import Testing

@Suite("Archive: series")
struct ArchiveSeriesTests {
    let fixture: ArchiveFixture
    let archive: Archive

    init() throws {
        fixture = try ArchiveFixture()
        let slow = try #require(AETitle("SLOW"))
        let periods = CompletenessPeriods(
            quietSeconds: 5, quietSecondsByCallingAE: [slow: 60], deadlineSeconds: 100)
        archive = try fixture.open(ArchiveConfiguration(completeness: periods))
    }

    private func due() throws -> [SeriesInstanceUID] {
        try archive.seriesDue(at: fixture.clock.now).map(\.seriesInstanceUID)
    }

    @Test("a series is due after the quiet period of its sender, which each instance begins anew")
    func quiet() throws {
        try archive.receive(ObjectDescription())
        fixture.clock.advance(4.9)
        try archive.receive(ObjectDescription(sop: "1.2.3.4.2"))
        fixture.clock.advance(4.9)
        #expect(try due().isEmpty)
        fixture.clock.advance(0.1)
        #expect(try due() == [uid("1.2.3.4")])
    }

    @Test("a sender may have a quiet period of its own")
    func quietPerSender() throws {
        try archive.receive(ObjectDescription(callingAE: "SLOW"))
        fixture.clock.advance(59)
        #expect(try due().isEmpty)
        fixture.clock.advance(1)
        #expect(try due().count == 1)
    }

    @Test("the deadline holds however steadily instances come")
    func deadline() throws {
        for number in 1...25 {
            try archive.receive(ObjectDescription(sop: "1.2.3.4.\(number)"))
            #expect(try due().isEmpty)
            fixture.clock.advance(4)
        }
        #expect(try due().count == 1)
    }

    @Test("evidence ends the quiet period early, a further instance takes that back")
    func bringForward() throws {
        let series = try archive.receiveSeries()
        #expect(try archive.bringForward(series, to: fixture.clock.now, reason: "60 of 60 images"))
        #expect(try due().count == 1)
        #expect(try archive.history(of: series.id).last?.detail == "60 of 60 images")
        try archive.receive(ObjectDescription(sop: "1.2.3.4.3"))
        #expect(try due().isEmpty)
        let stale = try archive.bringForward(series, to: fixture.clock.now, reason: "stale")
        #expect(stale == false, "decided on two instances, there are three")
    }

    @Test("closing puts the jobs into the queue in the same transaction, and only if nothing came in between")
    func close() throws {
        let stale = try archive.receiveSeries()
        try archive.receive(ObjectDescription(sop: "1.2.3.4.3"))
        let requests = { (series: SeriesRecord) in
            [JobRequest(pipeline: "lung", series: series, modelName: "m", modelDigest: "d")]
        }
        #expect(try archive.close(stale, reason: "stale", enqueue: requests(stale)) == nil)
        #expect(try archive.jobs().isEmpty)
        let series = try archive.onlySeries()
        let jobs = try #require(try archive.close(series, reason: "quiet for 5 s", enqueue: requests(series)))
        #expect(jobs.map(\.state) == [.ready])
        let closed = try archive.onlySeries()
        #expect(closed.state == .closed && closed.reason == "quiet for 5 s" && closed.closedAt == fixture.clock.now)
        fixture.clock.advance(1000)
        #expect(try due().isEmpty)
        #expect(try archive.close(series, reason: "twice") == nil)
        #expect(try archive.history(of: series.id).map(\.kind) == ["opened", "closed", "enqueued"])
    }

    @Test("a late instance opens the series again as its next revision, with a new deadline")
    func late() throws {
        _ = try archive.close(archive.receiveSeries(), reason: "quiet")
        fixture.clock.advance(1000)
        try archive.receive(ObjectDescription(sop: "1.2.3.4.3"))
        let series = try archive.onlySeries()
        #expect(series.state == .open && series.revision == 2 && series.instanceCount == 3 && series.closedAt == nil)
        #expect(series.deadlineAt == fixture.clock.now.addingTimeInterval(100))
        #expect(try due().isEmpty)
        fixture.clock.advance(5)
        #expect(try due().count == 1)
        #expect(try archive.history(of: series.id).map(\.kind) == ["opened", "closed", "reopened"])
    }

    @Test("a duplicate opens nothing")
    func lateDuplicate() throws {
        _ = try archive.close(archive.receiveSeries(), reason: "quiet")
        try archive.receive(ObjectDescription(association: "association of 1.2.3.4"))
        try archive.receive(ObjectDescription(association: "again"))
        #expect(try archive.onlySeries().revision == 1)
    }

    @Test("a sender's habit grows with whole series and is lost with a late or a split one")
    func habit() throws {
        let sender = try #require(AETitle("CT1"))
        func streak() throws -> Int { try archive.sender(sender).wholeSeriesInARow }
        #expect(try streak() == 0)
        for number in 1...3 {
            _ = try archive.close(archive.receiveSeries("1.2.3.\(number)"), reason: "quiet")
            #expect(try streak() == number)
        }
        try archive.receive(ObjectDescription(sop: "1.2.3.1.99", series: "1.2.3.1", association: "later"))
        #expect(try streak() == 0)
        _ = try archive.close(archive.receiveSeries("1.2.3.7"), reason: "quiet")
        #expect(try streak() == 1)
        try archive.receive(ObjectDescription(sop: "1.2.8.1", series: "1.2.8", association: "A"))
        try archive.receive(ObjectDescription(sop: "1.2.8.2", series: "1.2.8", association: "B"))
        _ = try archive.close(archive.onlySeries("1.2.8"), reason: "quiet")
        #expect(try streak() == 0)
    }

    @Test("the release of an association finds the open series whose last instance it brought")
    func association() throws {
        _ = try archive.receiveSeries("1.2.3.1")
        _ = try archive.receiveSeries("1.2.3.2")
        _ = try archive.close(archive.receiveSeries("1.2.3.3"), reason: "quiet")
        let found = try archive.openSeries(lastIn: "association of 1.2.3.2")
        #expect(try found.map(\.seriesInstanceUID) == [uid("1.2.3.2")])
        #expect(try archive.openSeries(lastIn: "association of 1.2.3.3").isEmpty)
    }

    @Test("own results are stored and never due")
    func ownResults() throws {
        try archive.receive(ObjectDescription(series: "1.2.7", isOwnResult: true))
        try archive.receive(ObjectDescription(sop: "1.2.7.2", series: "1.2.7", isOwnResult: true))
        fixture.clock.advance(1000)
        #expect(try due().isEmpty)
        let series = try archive.onlySeries("1.2.7")
        #expect(series.isOwnResult && series.instanceCount == 2 && series.revision == 1)
    }

    @Test("series and studies are found by sender, time and state, newest first")
    func filters() throws {
        _ = try archive.receiveSeries("1.2.3.1", from: "CT1")
        fixture.clock.advance(10)
        let middle = fixture.clock.now
        try archive.receive(ObjectDescription(sop: "1.5.1.1", series: "1.5.1", study: "1.5", callingAE: "MR1"))
        func series(_ filter: SeriesFilter) throws -> [String] {
            try archive.series(filter).map(\.seriesInstanceUID.rawValue)
        }
        #expect(try series(SeriesFilter()) == ["1.5.1", "1.2.3.1"])
        #expect(try series(SeriesFilter(limit: 1)) == ["1.5.1"])
        #expect(try series(SeriesFilter(callingAETitle: AETitle("CT1"))) == ["1.2.3.1"])
        #expect(try series(SeriesFilter(since: middle)) == ["1.5.1"])
        #expect(try series(SeriesFilter(state: .closed)) == [])
        func studies(_ filter: StudyFilter) throws -> [String] {
            try archive.studies(filter).map(\.studyInstanceUID.rawValue)
        }
        #expect(try studies(StudyFilter()) == ["1.5", "1.2.3"])
        #expect(try studies(StudyFilter(callingAETitle: AETitle("CT1"))) == ["1.2.3"])
        #expect(try studies(StudyFilter(since: middle)) == ["1.5"])
    }
}
