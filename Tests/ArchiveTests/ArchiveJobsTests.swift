import Archive
import DICOMCore
import Foundation
import Testing

@Suite("Archive: jobs")
struct ArchiveJobsTests {
    let fixture: ArchiveFixture
    let archive: Archive

    init() throws {
        fixture = try ArchiveFixture()
        let retry = RetryPolicy(maximumAttempts: 3, firstDelaySeconds: 10)
        archive = try fixture.open(ArchiveConfiguration(jobRetry: retry))
    }

    private func job(_ uid: String = "1.2.3.4", pipeline: String = "lung", priority: Int = 0) throws -> JobRecord {
        try archive.enqueueJob(on: archive.receiveSeries(uid), pipeline: pipeline, priority: priority)
    }

    @Test("one job per pipeline, series, revision and model")
    func unique() throws {
        let job = try job()
        let series = try archive.onlySeries()
        let same = JobRequest(
            pipeline: "lung", series: series, modelName: "lung-nodules", modelDigest: "d1", priority: 9)
        #expect(try archive.enqueue(same) == job)
        let newModel = JobRequest(pipeline: "lung", series: series, modelName: "lung-nodules", modelDigest: "d2")
        #expect(try archive.enqueue(newModel).id != job.id)
        #expect(job.seriesInstanceUID == series.seriesInstanceUID && job.studyInstanceUID == series.studyInstanceUID)
        #expect(job.createdAt == fixture.clock.now && job.answer == 1 && job.predecessorID == nil)
    }

    @Test("highest priority first, then the oldest")
    func order() throws {
        let ids = try [("1.2.3.1", 0), ("1.2.3.2", 5), ("1.2.3.3", 0), ("1.2.3.4", 5)].map {
            try job($0, priority: $1).id
        }
        try archive.prioritize(ids[2], priority: 9)
        let claimed = try (1...4).map { _ in try archive.claim()?.id }
        #expect(claimed == [ids[2], ids[1], ids[3], ids[0]])
        #expect(try archive.claim() == nil)
    }

    @Test("a claim is a lease with a new epoch")
    func claim() throws {
        let id = try job().id
        let claimed = try #require(try archive.claim())
        #expect(claimed.id == id && claimed.state == .running && claimed.epoch == 1 && claimed.attempts == 1)
        #expect(claimed.worker == "worker 1" && claimed.leaseUntil == fixture.clock.now.addingTimeInterval(60))
        fixture.clock.advance(50)
        #expect(try archive.renew(claimed, leaseSeconds: 60))
        fixture.clock.advance(50)
        #expect(try archive.claim() == nil, "renewed")
        fixture.clock.advance(10)
        let again = try #require(try archive.claim())
        #expect(again.id == id && again.epoch == 2 && again.attempts == 2)
    }

    @Test("whoever lost the lease changes nothing, and its files are discarded")
    func fencing() throws {
        _ = try job()
        let slow = try #require(try archive.claim())
        fixture.clock.advance(61)
        let quick = try #require(try archive.claim())
        #expect(try archive.renew(slow, leaseSeconds: 60) == false)
        #expect(try archive.release(slow) == false)
        #expect(try archive.fail(slow, .permanent("late")) == nil)
        #expect(try archive.finish(slow, archive.answer(content: "slow")) == false)
        #expect(fixture.files(in: "spool").isEmpty)
        #expect(try archive.finish(quick, archive.answer(content: "quick")))
        let files = try archive.results(of: quick.id).map { try String(contentsOf: $0.file, encoding: .utf8) }
        #expect(files.count == 2 && files.allSatisfy { $0.hasPrefix("quick") })
        #expect(try archive.finish(quick, archive.answer(content: "quick")) == false, "once")
    }

    @Test("a transient failure is tried again after growing waits, a bounded number of times")
    func transient() throws {
        let id = try job().id
        for delay in [10.0, 20] {
            let claimed = try #require(try archive.claim())
            #expect(!archive.isLastAttempt(claimed))
            #expect(try archive.fail(claimed, .transient("no memory")) == .waiting)
            #expect(try archive.job(id)?.lastError == "no memory")
            fixture.clock.advance(delay - 0.5)
            #expect(try archive.claim() == nil)
            fixture.clock.advance(0.5)
        }
        let last = try #require(try archive.claim())
        #expect(archive.isLastAttempt(last))
        #expect(try archive.fail(last, .transient("no memory")) == .failed)
        let job = try #require(try archive.job(id))
        #expect(job.outcome == .failed && job.reason == "no memory" && job.finishedAt == fixture.clock.now)
    }

    @Test("a permanent failure is not tried again")
    func permanent() throws {
        let id = try job().id
        #expect(try archive.fail(#require(try archive.claim()), .permanent("model damaged")) == .failed)
        fixture.clock.advance(1e6)
        #expect(try archive.claim() == nil)
        #expect(try archive.retry(id).state == .ready)
        #expect(try archive.claim()?.attempts == 1)
    }

    @Test("a job that loses its worker every time fails in the end")
    func poison() throws {
        let id = try job().id
        for _ in 1...3 {
            #expect(try archive.claim()?.id == id)
            fixture.clock.advance(61)
        }
        #expect(try archive.claim() == nil)
        #expect(try archive.job(id)?.state == .failed)
        #expect(try archive.job(id)?.reason == "the worker was lost 3 times while it ran")
    }

    @Test("a job that is given back costs no attempt")
    func release() throws {
        let id = try job().id
        for _ in 1...5 { #expect(try archive.release(#require(try archive.claim()))) }
        #expect(try archive.claim()?.attempts == 1)
        #expect(try archive.job(id)?.epoch == 6)
    }

    @Test("a pause keeps jobs of one pipeline, or all, from being claimed")
    func pause() throws {
        _ = try job("1.2.3.1", pipeline: "lung")
        let other = try job("1.2.3.2", pipeline: "liver")
        try archive.pause(pipeline: "lung")
        try archive.pause(pipeline: "lung")
        let pauses = try archive.pauses()
        #expect(!pauses.wholeQueue && pauses.pipelines == ["lung"])
        #expect(try archive.claim()?.id == other.id)
        #expect(try archive.claim() == nil)
        try archive.pause()
        try archive.resume(pipeline: "lung")
        #expect(try archive.claim() == nil)
        try archive.resume()
        #expect(try archive.claim() != nil)
    }

    @Test("a cancelled job is not claimed, and its worker hears of it")
    func cancel() throws {
        let id = try job().id
        let claimed = try #require(try archive.claim())
        try archive.cancel(id)
        #expect(try archive.renew(claimed, leaseSeconds: 60) == false)
        #expect(try archive.finish(claimed, archive.answer()) == false)
        #expect(code { try archive.cancel(id) } == .illegalTransition)
        #expect(code { try archive.cancel(JobID(rawValue: 99)) } == .notFound)
        #expect(try archive.retry(id).state == .ready)
        #expect(code { try archive.retry(id) } == .illegalTransition)
    }

    @Test("a job on a new revision supersedes the earlier one, and knows what it replaces")
    func supersede() throws {
        let first = try job()
        #expect(try archive.finish(#require(try archive.claim()), archive.answer(to: [])))
        try archive.receive(ObjectDescription(sop: "1.2.3.4.3"))
        let second = try archive.enqueueJob(on: archive.onlySeries())
        #expect(second.seriesRevision == 2 && second.predecessorID == first.id)
        #expect(try archive.job(first.id)?.supersededByID == second.id)
        #expect(try archive.state(of: first) == .done)
        #expect(try archive.predecessorResults(of: second).map(\.role) == [.segmentation, .report])
        try archive.receive(ObjectDescription(sop: "1.2.3.4.4"))
        let third = try archive.enqueueJob(on: archive.onlySeries())
        #expect(try archive.state(of: second) == .cancelled, "it had not begun")
        #expect(try archive.predecessorResults(of: third).count == 2, "also across one without results")
        #expect(try archive.predecessorResults(of: first).isEmpty)
    }

    @Test("jobs wait for a decision: one runs, the others name it, in one transaction")
    func decide() throws {
        let ids = try ["1.2.3.1", "1.2.3.2", "1.2.3.3"].map {
            try archive.enqueueJob(on: archive.receiveSeries($0), start: .onDecision).id
        }
        fixture.clock.advance(1e6)
        #expect(try archive.claim() == nil)
        let study = try archive.onlySeries("1.2.3.1").studyID
        #expect(try archive.waitingForDecision(pipeline: "lung", study: study).map(\.id) == ids)
        #expect(try archive.waitingForDecision(pipeline: "liver", study: study).isEmpty)
        let why = NotApplicable(reason: "a thinner one was processed", chosen: SeriesInstanceUID("1.2.3.2"))
        try archive.decide(ready: ids[1], notApplicable: [ids[0]: why])
        #expect(try archive.job(ids[1])?.state == .ready)
        let broken = code { try archive.decide(ready: ids[2], notApplicable: [ids[0]: why]) }
        #expect(broken == .illegalTransition)
        #expect(try archive.job(ids[2])?.state == .waiting, "nothing of a decision that fails")
        let job = try #require(try archive.job(ids[0]))
        #expect(job.outcome == .notApplicable && job.reason == why.reason && job.chosenSeriesUID == why.chosen)
    }

    @Test("a job may begin later, or never")
    func start() throws {
        let later = fixture.clock.now.addingTimeInterval(30)
        let waiting = try archive.enqueueJob(on: archive.receiveSeries("1.2.3.1"), start: .at(later))
        let never = try archive.enqueueJob(
            on: archive.receiveSeries("1.2.3.2"), start: .never(NotApplicable(reason: "a localizer")))
        #expect(waiting.state == .waiting && never.state == .done && never.outcome == .notApplicable)
        #expect(try archive.claim() == nil)
        fixture.clock.advance(30)
        #expect(try archive.claim()?.id == waiting.id)
    }

    @Test("the history tells every transition with its reason")
    func history() throws {
        let job = try job()
        #expect(try archive.fail(#require(try archive.claim()), .transient("no memory")) == .waiting)
        fixture.clock.advance(10)
        #expect(try archive.fail(#require(try archive.claim()), .permanent("broken")) == .failed)
        let detail = try archive.jobDetail(job.id)
        #expect(
            detail.history.map(\.kind) == [
                "opened", "closed", "enqueued", "claimed", "postponed", "due", "claimed", "failed",
            ])
        #expect(detail.history.last?.detail == "broken" && detail.job.state == .failed)
        #expect(code { _ = try archive.jobDetail(JobID(rawValue: 99)) } == .notFound)
    }

    @Test("jobs are found by state, pipeline, series, sender and time, newest first")
    func filters() throws {
        let first = try job("1.2.3.1")
        fixture.clock.advance(10)
        let middle = fixture.clock.now
        let second = try archive.enqueueJob(on: archive.receiveSeries("1.2.3.2", from: "MR1"), pipeline: "liver")
        _ = try archive.claim()
        func ids(_ filter: JobFilter) throws -> [JobID] { try archive.jobs(filter).map(\.id) }
        #expect(try ids(JobFilter()) == [second.id, first.id])
        #expect(try ids(JobFilter(states: [.running])) == [first.id])
        #expect(try ids(JobFilter(states: [.running, .ready])) == [second.id, first.id])
        #expect(try ids(JobFilter(pipeline: "liver")) == [second.id])
        #expect(try ids(JobFilter(series: first.seriesID)) == [first.id])
        #expect(try ids(JobFilter(callingAETitle: AETitle("MR1"))) == [second.id])
        #expect(try ids(JobFilter(since: middle)) == [second.id])
        #expect(try ids(JobFilter(limit: 1)) == [second.id])
    }
}
