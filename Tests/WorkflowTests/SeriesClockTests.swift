import Archive
import DICOMCore
import Testing
import Workflow

@Suite struct SeriesClockTests {
    typealias Series = ArchiveFixture.Series

    @Test("a silent series is closed and its job becomes ready") func quiet() throws {
        let fixture = try ArchiveFixture()
        let series = Series(number: 1)
        try fixture.receive(series)
        fixture.passAfter(seconds: 4.9)
        #expect(try fixture.job(of: series) == nil)
        fixture.passAfter(seconds: 0.2)
        #expect(try fixture.job(of: series)?.state == .ready)
        let stored = try fixture.archive.series(SeriesFilter()).first
        #expect(stored?.reason == "no instance for 5 s")
    }

    @Test("the best series waits for the others of the study, and they end as not applicable naming it") func study()
        throws
    {
        let fixture = try ArchiveFixture()
        let thick = Series(number: 1, spacingMM: 5)
        let thin = Series(number: 2, spacingMM: 1)
        try fixture.receive(thick)
        fixture.time.advance(seconds: 4)
        try fixture.receive(thin)
        fixture.passAfter(seconds: 2)
        #expect(try fixture.job(of: thick)?.state == .waiting)
        fixture.passAfter(seconds: 4)
        #expect(try fixture.job(of: thin)?.state == .ready)
        let loser = try #require(try fixture.job(of: thick))
        #expect(loser.state == .done)
        #expect(loser.outcome == .notApplicable)
        #expect(loser.chosenSeriesUID?.rawValue == thin.uid)
        #expect(loser.reason?.contains(thin.uid) == true)
    }

    @Test("another study does not keep a series waiting") func otherStudy() throws {
        let fixture = try ArchiveFixture()
        let series = Series(number: 1)
        try fixture.receive(series)
        fixture.time.advance(seconds: 4)
        try fixture.receive(Series(number: 1, study: 2))
        fixture.passAfter(seconds: 2)
        #expect(try fixture.job(of: series)?.state == .ready)
    }

    @Test("a scout alone ends as not applicable") func scout() throws {
        let fixture = try ArchiveFixture()
        let scout = Series(number: 1, slices: 0..<2, imageType: ["ORIGINAL", "PRIMARY", "LOCALIZER"])
        try fixture.receive(scout)
        fixture.passAfter(seconds: 6)
        let job = try #require(try fixture.job(of: scout))
        #expect(job.outcome == .notApplicable)
        #expect(job.reason == "the series holds localizer images")
        #expect(try fixture.archive.deliveries().isEmpty)
    }

    @Test("a later series that is better is processed, a worse one is not") func later() throws {
        let fixture = try ArchiveFixture()
        let first = Series(number: 1, spacingMM: 2)
        try fixture.receive(first)
        fixture.passAfter(seconds: 6)
        let worse = Series(number: 2, spacingMM: 5)
        try fixture.receive(worse)
        fixture.passAfter(seconds: 6)
        #expect(try fixture.job(of: worse)?.chosenSeriesUID?.rawValue == first.uid)
        let better = Series(number: 3, spacingMM: 1)
        try fixture.receive(better)
        fixture.passAfter(seconds: 6)
        #expect(try fixture.job(of: better)?.state == .ready)
    }

    @Test("a better series takes the place of an earlier choice", arguments: [false, true])
    func replacedChoice(isAnswered: Bool) throws {
        let fixture = try ArchiveFixture()
        let first = Series(number: 1, spacingMM: 2), better = Series(number: 2, spacingMM: 1)
        try fixture.receive(first)
        fixture.passAfter(seconds: 6)
        if isAnswered {
            let claimed = try #require(try fixture.archive.claimJob(worker: "test", leaseSeconds: 60))
            #expect(try fixture.archive.finish(claimed, JobAnswer(outcome: .nothingFound)))
        }
        try fixture.receive(better)
        fixture.passAfter(seconds: 6)
        let replaced = try #require(try fixture.job(of: first)), chosen = try #require(try fixture.job(of: better))
        #expect(chosen.state == .ready)
        #expect(chosen.predecessorID == replaced.id && replaced.supersededByID == chosen.id)
        #expect(replaced.state == .done)
        #expect(replaced.outcome == (isAnswered ? .nothingFound : .notApplicable))
        #expect(replaced.chosenSeriesUID?.rawValue == (isAnswered ? nil : better.uid))
    }

    @Test("a late slice opens the series again, as its next revision") func lateSlice() throws {
        let fixture = try ArchiveFixture()
        var series = Series(number: 1)
        try fixture.receive(series)
        fixture.passAfter(seconds: 6)
        series.slices = 20..<21
        try fixture.receive(series)
        fixture.passAfter(seconds: 6)
        #expect(try fixture.job(of: series, revision: 2)?.state == .ready)
        #expect(try fixture.job(of: series, revision: 1)?.supersededByID != nil)
    }

    @Test("own results and objects without images give no job") func results() throws {
        let fixture = try ArchiveFixture()
        try fixture.receive(Series(number: 1, isOwnResult: true))
        try fixture.receive(Series(number: 2, sopClassUID: .segmentationStorage))
        fixture.passAfter(seconds: 6)
        #expect(try fixture.archive.jobs().isEmpty)
        #expect(try fixture.archive.series(SeriesFilter(state: .open)).isEmpty)
    }

    @Test("the expected number of images and a release end the wait; half of them do not", arguments: [true, false])
    func expectedNumber(isWhole: Bool) throws {
        let fixture = try ArchiveFixture()
        let series = Series(number: 1, imagesInAcquisition: isWhole ? 20 : 40)
        try fixture.receive(series)
        fixture.clock.associationEnded("a", wasReleased: true, at: fixture.time.now)
        fixture.passAfter(seconds: 0.1)
        #expect(try fixture.job(of: series)?.state == (isWhole ? .ready : nil))
        guard isWhole else { return }
        let stored = try fixture.archive.series(SeriesFilter()).first
        #expect(stored?.reason == "all 20 expected images are here, without gaps, association released")
    }

    @Test(
        "a release alone does not end the wait, unless the sender is known for whole series", arguments: [true, false])
    func knownSender(isKnown: Bool) throws {
        let fixture = try ArchiveFixture()
        var rules = fixture.rules.value
        rules.wholeSeriesSenders = isKnown ? ["CT1"] : []
        fixture.rules.replace(with: rules)
        let series = Series(number: 1)
        try fixture.receive(series)
        fixture.clock.associationEnded("a", wasReleased: true, at: fixture.time.now)
        fixture.passAfter(seconds: 0.1)
        #expect(try fixture.job(of: series)?.state == (isKnown ? .ready : nil))
    }

    @Test("the deadline ends a series that never falls silent") func deadline() throws {
        let fixture = try ArchiveFixture()
        for k in 0..<20 {
            try fixture.receive(Series(number: 1, slices: k..<k + 1))
            fixture.passAfter(seconds: 4)
        }
        #expect(try fixture.job(of: Series(number: 1)) != nil)
        #expect(fixture.log.contains { $0.contains("deadline") })
    }
}
