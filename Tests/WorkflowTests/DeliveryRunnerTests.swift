import Archive
import DICOMCore
import Foundation
import Synchronization
import Testing
import Workflow

@Suite struct DeliveryRunnerTests {
    /// Answers each object with what the test wants.
    final class FakeSender: InstanceSending {
        let outcome: DeliveryOutcome
        private let sent = Mutex<[[String]]>([])

        init(_ outcome: DeliveryOutcome) { self.outcome = outcome }

        /// The roles of the objects, by association.
        var associations: [[String]] { sent.withLock(\.self) }

        func send(
            _ deliveries: [DeliveryRecord], to destination: Destination,
            report: (DeliveryRecord, DeliveryOutcome) -> Void
        ) {
            sent.withLock { $0.append(deliveries.map(\.role.rawValue)) }
            for delivery in deliveries { report(delivery, outcome) }
        }
    }

    /// A fixture with a job that has answered with a SEG and an SR for one destination.
    static func answered() throws -> ArchiveFixture {
        let fixture = try ArchiveFixture()
        try fixture.receive(ArchiveFixture.Series(number: 1))
        fixture.passAfter(seconds: 6)
        let job = try #require(try fixture.archive.claimJob(worker: "test", leaseSeconds: 60))
        let objects = try [
            object(fixture, .segmentation, .segmentationStorage, "2.25.1"),
            object(fixture, .report, .comprehensive3DSRStorage, "2.25.2"),
        ]
        let answer = JobAnswer(outcome: .findings, objects: objects, destinations: ["pacs"])
        #expect(try fixture.archive.finish(job, answer))
        return fixture
    }

    private static func object(
        _ fixture: ArchiveFixture, _ role: ResultObject.Role, _ sopClass: SOPClassUID, _ uid: String
    ) throws -> ResultObject {
        let file = fixture.archive.makeSpoolFile()
        try Data(uid.utf8).write(to: file)
        var attributes = InstanceAttributes(
            sopInstanceUID: SOPInstanceUID(uid)!, sopClassUID: sopClass,
            seriesInstanceUID: SeriesInstanceUID("\(uid).1")!,
            studyInstanceUID: StudyInstanceUID("1.2.1")!, transferSyntaxUID: TransferSyntaxUID("1.2.840.10008.1.2.1")!)
        attributes.isOwnResult = true
        return ResultObject(file: file, attributes: attributes, role: role)
    }

    static func pass(_ fixture: ArchiveFixture, _ sender: FakeSender, to destination: String = "pacs") -> Bool {
        let destination = Destination(name: destination, aeTitle: "PACS", host: "127.0.0.1", port: 4242)
        return DeliveryRunner(
            archive: fixture.archive, destination: destination, sender: sender, record: fixture.record
        ).pass()
    }

    @Test("many objects go over one association, the report last, and the job is done") func sent() throws {
        let fixture = try Self.answered()
        let sender = FakeSender(.sent(.success))
        _ = Self.pass(fixture, sender)
        #expect(sender.associations == [["segmentation", "report"]])
        #expect(try fixture.archive.jobs().first?.state == .done)
        _ = Self.pass(fixture, sender)
        #expect(sender.associations.count == 1)
    }

    @Test("an unreachable destination is tried again after its wait") func unreachable() throws {
        let fixture = try Self.answered()
        _ = Self.pass(fixture, FakeSender(.unreachable("nobody there")))
        let sender = FakeSender(.sent(.success))
        _ = Self.pass(fixture, sender)
        #expect(sender.associations.isEmpty)
        fixture.time.advance(seconds: 60)
        _ = Self.pass(fixture, sender)
        #expect(sender.associations.count == 1)
        #expect(fixture.log.contains { $0.contains("nobody there") })
    }

    @Test("an object that is refused for good becomes a dead letter, which can be retried") func refused() throws {
        let fixture = try Self.answered()
        _ = Self.pass(fixture, FakeSender(.refused(.dataSetDoesNotMatchSOPClass)))
        #expect(try fixture.archive.deliveries(DeliveryFilter(states: [.dead])).count == 2)
        #expect(try fixture.archive.jobs().first?.state == .failed)
        #expect(try fixture.archive.retryDeliveries(ids: nil, destination: nil) == 2)
        _ = Self.pass(fixture, FakeSender(.sent(.success)))
        #expect(try fixture.archive.deliveries(DeliveryFilter(states: [.sent])).count == 2)
    }

    @Test("another destination's outbox is left alone") func otherDestination() throws {
        let fixture = try Self.answered()
        let sender = FakeSender(.sent(.success))
        #expect(Self.pass(fixture, sender, to: "other") == false)
        #expect(sender.associations.isEmpty)
    }
}
