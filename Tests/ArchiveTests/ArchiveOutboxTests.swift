import Archive
import DICOMCore
import Foundation
import Testing

@Suite("Archive: answers and deliveries")
struct ArchiveOutboxTests {
    let fixture: ArchiveFixture
    let archive: Archive

    init() throws {
        fixture = try ArchiveFixture()
        let retry = RetryPolicy(maximumAttempts: 3, firstDelaySeconds: 5)
        archive = try fixture.open(ArchiveConfiguration(deliveryRetry: retry, deliveryGiveUpSeconds: 1000))
    }

    /// A job with an answer for the given destinations.
    private func answered(
        _ outcome: JobOutcome = .findings, to destinations: [String] = ["pacs"], series: String = "1.2.3.4"
    ) throws -> JobRecord {
        try archive.enqueueJob(on: archive.receiveSeries(series))
        let job = try #require(try archive.claim())
        #expect(try archive.finish(job, archive.answer(outcome, to: destinations, uid: "2.25.\(job.id)")))
        return job
    }

    private func deliver(_ outcome: DeliveryOutcome, to destination: String = "pacs") throws -> [DeliveryRecord.State?]
    {
        try archive.claimDeliveries(to: destination).map { try archive.report($0, outcome) }
    }

    @Test("results go through the same door, and the job is delivering until all have them")
    func answer() throws {
        let job = try answered(to: ["pacs", "viewer"])
        let results = try archive.results(of: job.id)
        #expect(results.map(\.role) == [.segmentation, .report] && results.allSatisfy(\.isStored))
        #expect(fixture.files(in: "store").count == 4 && fixture.files(in: "spool").isEmpty)
        #expect(try archive.onlySeries("2.25.1.91").isOwnResult)
        #expect(try archive.destinationsDue().sorted() == ["pacs", "viewer"])
        let claimed = try archive.claimDeliveries(to: "pacs")
        #expect(claimed.map(\.role) == [.segmentation, .report], "an SR after the SEG that it references")
        #expect(try claimed.map { try Data(contentsOf: $0.file) } == results.map { try Data(contentsOf: $0.file) })
        #expect(try archive.claimDeliveries(to: "pacs").isEmpty)
        for delivery in claimed { #expect(try archive.report(delivery, .sent(.success)) == .sent) }
        #expect(try archive.state(of: job) == .delivering)
        #expect(try deliver(.sent(DIMSEStatus(rawValue: 0xB000)), to: "viewer") == [.sent, .sent])
        let done = try #require(try archive.job(job.id))
        #expect(done.state == .done && done.outcome == .findings && done.findingsJSON == #"[{"segment":1}]"#)
        #expect(
            try archive.deliveries(DeliveryFilter(destination: "viewer")).allSatisfy {
                $0.lastStatus?.rawValue == 0xB000
            })
    }

    @Test(
        "where a job ends follows from its outcome, with or without deliveries",
        arguments: [
            (JobOutcome.findings, JobState.done), (.nothingFound, .done), (.notApplicable, .done), (.refused, .refused),
            (.failed, .failed),
        ])
    func conclusions(outcome: JobOutcome, state: JobState) throws {
        let silent = try answered(outcome, to: [])
        #expect(try archive.state(of: silent) == state)
        let sent = try answered(outcome, series: "1.2.3.5")
        #expect(try archive.state(of: sent) == .delivering)
        _ = try deliver(.sent(.success))
        #expect(try archive.state(of: sent) == state)
    }

    @Test("an object may go to some destinations only")
    func selected() throws {
        try archive.enqueueJob(on: archive.receiveSeries())
        let job = try #require(try archive.claim())
        var answer = try archive.answer(to: ["pacs", "viewer"])
        let overlay = answer.objects[1]
        answer.objects[1] = ResultObject(
            file: overlay.file, attributes: overlay.attributes, role: .overlay, destinations: ["viewer"])
        #expect(try archive.finish(job, answer))
        #expect(try archive.claimDeliveries(to: "pacs").map(\.role) == [.segmentation])
        #expect(try archive.claimDeliveries(to: "viewer").map(\.role) == [.segmentation, .overlay])
    }

    @Test("a result whose UID is stored with other bytes is a mismatch, and nothing of the answer stays")
    func mismatch() throws {
        _ = try answered()
        try archive.enqueueJob(on: archive.receiveSeries("1.2.3.5"))
        let job = try #require(try archive.claim())
        let stored = fixture.files(in: "store")
        #expect(code { _ = try archive.finish(job, archive.answer(uid: "2.25.1", content: "other")) } == .mismatch)
        #expect(fixture.files(in: "store") == stored && fixture.files(in: "spool").isEmpty)
        #expect(fixture.files(in: "quarantine").isEmpty)
        #expect(try archive.state(of: job) == .running && archive.results(of: job.id).isEmpty)
    }

    @Test("a destination that does not answer is left alone for growing times, and blocks nobody")
    func unreachable() throws {
        let job = try answered(to: ["dead", "pacs"])
        for delay in [5.0, 10, 20] {
            #expect(try deliver(.unreachable("connection refused"), to: "dead") == [.due, .due])
            fixture.clock.advance(delay - 0.5)
            #expect(try archive.claimDeliveries(to: "dead").isEmpty)
            fixture.clock.advance(0.5)
        }
        #expect(try archive.destinationsDue() == ["dead", "pacs"])
        #expect(try deliver(.sent(.success)) == [.sent, .sent])
        #expect(try archive.state(of: job) == .delivering)
        #expect(try deliver(.sent(.success), to: "dead") == [.sent, .sent])
        #expect(try archive.state(of: job) == .done)
    }

    @Test("after long enough an unreachable destination's objects are dead letters")
    func giveUp() throws {
        let job = try answered()
        fixture.clock.advance(999)
        #expect(try deliver(.unreachable("no route")) == [.due, .due])
        fixture.clock.advance(5)
        #expect(try deliver(.unreachable("no route")) == [.dead, .dead])
        #expect(try archive.state(of: job) == .failed)
        #expect(try archive.job(job.id)?.outcome == .findings)
    }

    @Test("a refusal for lack of resources is tried again, a bounded number of times")
    func transientRefusal() throws {
        let job = try answered()
        for delay in [5.0, 10] {
            #expect(try deliver(.refused(.outOfResources)) == [.due, .due])
            #expect(try archive.destinationsDue().isEmpty)
            fixture.clock.advance(delay)
        }
        #expect(try deliver(.refused(.outOfResources)) == [.dead, .dead])
        #expect(try archive.state(of: job) == .failed)
        #expect(try archive.job(job.id)?.lastError?.contains("2 objects were given up") == true)
    }

    @Test("other refusals are final", arguments: [0xA900, 0xC000, 0x0122, 0x0124] as [UInt16])
    func permanentRefusal(status: UInt16) throws {
        let job = try answered()
        let claimed = try archive.claimDeliveries(to: "pacs")
        #expect(try archive.report(claimed[0], .refused(DIMSEStatus(rawValue: status))) == .dead)
        #expect(try archive.state(of: job) == .delivering, "the other one is still on its way")
        #expect(try archive.report(claimed[1], .sent(.success)) == .sent)
        #expect(try archive.state(of: job) == .failed)
        #expect(try archive.deliveries(DeliveryFilter(states: [.dead])).map(\.lastStatus?.rawValue) == [status])
    }

    @Test("an object whose turn did not come is due at once")
    func notAttempted() throws {
        _ = try answered()
        #expect(try deliver(.notAttempted) == [.due, .due])
        #expect(try archive.claimDeliveries(to: "pacs", limit: 1).count == 1)
        #expect(try archive.claimDeliveries(to: "pacs").count == 1)
    }

    @Test("a delivery whose lease ran out is due again, and the late report counts for nothing")
    func lease() throws {
        let job = try answered()
        let slow = try archive.claimDeliveries(to: "pacs", leaseSeconds: 60)
        fixture.clock.advance(60)
        #expect(try archive.destinationsDue() == ["pacs"])
        let again = try archive.claimDeliveries(to: "pacs", leaseSeconds: 60)
        #expect(again.map(\.id) == slow.map(\.id))
        #expect(try archive.report(slow[0], .refused(.cannotUnderstand)) == nil)
        for delivery in again { #expect(try archive.report(delivery, .sent(.success)) == .sent) }
        #expect(try archive.report(again[0], .sent(.success)) == nil)
        #expect(try archive.state(of: job) == .done)
    }

    @Test("dead letters can be retried, which takes their job up again")
    func retryDeliveries() throws {
        let job = try answered(to: ["pacs", "viewer"])
        _ = try deliver(.refused(.cannotUnderstand))
        _ = try deliver(.refused(.cannotUnderstand), to: "viewer")
        let dead = try archive.deliveries(DeliveryFilter(states: [.dead], job: job.id))
        #expect(dead.count == 4)
        #expect(try archive.retryDeliveries(ids: [dead[0].id]) == 1)
        #expect(try archive.state(of: job) == .delivering)
        #expect(try archive.retryDeliveries(destination: "pacs") == 2)
        #expect(try archive.retryDeliveries() == 1)
        #expect(try archive.retryDeliveries() == 0)
        _ = try deliver(.sent(.success))
        _ = try deliver(.sent(.success), to: "viewer")
        #expect(try archive.state(of: job) == .done)
    }

    @Test("a retry of a done job sends the stored files again, bytes as they are")
    func retryDone() throws {
        let job = try answered()
        let first = try archive.claimDeliveries(to: "pacs")
        let bytes = try first.map { try Data(contentsOf: $0.file) }
        for delivery in first { _ = try archive.report(delivery, .sent(.success)) }
        #expect(try archive.retry(job.id).state == .delivering)
        #expect(try archive.claim() == nil, "nothing is computed again")
        let second = try archive.claimDeliveries(to: "pacs")
        #expect(try second.map { try Data(contentsOf: $0.file) } == bytes)
        #expect(second.map(\.sopInstanceUID) == first.map(\.sopInstanceUID))
        for delivery in second { _ = try archive.report(delivery, .sent(.success)) }
        #expect(try archive.state(of: job) == .done)
    }

    @Test("a retry after a failed delivery sends only what was not delivered")
    func retryUndelivered() throws {
        let job = try answered()
        let claimed = try archive.claimDeliveries(to: "pacs")
        _ = try archive.report(claimed[0], .sent(.success))
        _ = try archive.report(claimed[1], .refused(.cannotUnderstand))
        #expect(try archive.retry(job.id).state == .delivering)
        #expect(try archive.claimDeliveries(to: "pacs").map(\.id) == [claimed[1].id])
    }

    @Test("a refused or failed job is computed again, as its next answer, which names the one before")
    func nextAnswer() throws {
        let job = try answered(.refused)
        _ = try deliver(.sent(.success))
        let again = try archive.retry(job.id)
        #expect(again.state == .ready && again.answer == 2 && again.outcome == nil)
        let claimed = try #require(try archive.claim())
        #expect(try archive.predecessorResults(of: claimed).map(\.role) == [.segmentation, .report])
        #expect(try archive.finish(claimed, archive.answer(uid: "2.25.77")))
        #expect(try archive.results(of: job.id).map(\.sopInstanceUID.rawValue) == ["2.25.77.1", "2.25.77.2"])
        #expect(try deliver(.sent(.success)) == [.sent, .sent], "the earlier answer is not sent again")
        #expect(try archive.state(of: job) == .done)
    }

    @Test("cancelling stops what is not on its way yet")
    func cancel() throws {
        let job = try answered()
        let sending = try archive.claimDeliveries(to: "pacs", limit: 1)
        try archive.cancel(job.id)
        #expect(try archive.claimDeliveries(to: "pacs").isEmpty)
        #expect(try archive.report(sending[0], .sent(.success)) == .sent)
        #expect(try archive.state(of: job) == .cancelled)
        #expect(try archive.retry(job.id).state == .delivering)
        #expect(try deliver(.sent(.success)) == [.sent])
        #expect(try archive.state(of: job) == .done)
    }
}
