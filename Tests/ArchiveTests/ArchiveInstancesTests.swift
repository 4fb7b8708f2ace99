import Archive
import DICOMCore
import Foundation
import Synchronization
import Testing

@Suite("Archive: instances")
struct ArchiveInstancesTests {
    let fixture: ArchiveFixture
    let archive: Archive

    init() throws {
        fixture = try ArchiveFixture()
        archive = try fixture.open()
    }

    @Test("an instance is stored under its content, with its bytes, its row and nothing in the spool")
    func stores() throws {
        let object = ObjectDescription()
        guard case .stored(_, let seriesID) = try archive.receive(object) else { return #expect(Bool(false)) }
        let instance = try #require(try archive.instances(of: seriesID).first)
        #expect(try Data(contentsOf: instance.file) == object.bytes)
        #expect(instance.file.lastPathComponent == instance.digest + ".dcm")
        #expect(instance.attributes == (try object.attributes))
        #expect(instance.byteCount == Int64(object.bytes.count))
        #expect(instance.receivedAt == fixture.clock.now)
        #expect(fixture.files(in: "spool").isEmpty)
        let study = try #require(try archive.studies().first)
        #expect(study.instanceCount == 1 && study.seriesCount == 1 && study.byteCount == instance.byteCount)
        #expect(try archive.storedBytes() == instance.byteCount)
    }

    @Test("the same instance again, with the same bytes, is no work")
    func duplicate() throws {
        guard case .stored(let id, let series) = try archive.receive(ObjectDescription()) else {
            return #expect(Bool(false))
        }
        fixture.clock.advance(1)
        #expect(try archive.receive(ObjectDescription(association: "A2")) == .duplicate(id))
        #expect(try archive.series(series)?.instanceCount == 1)
        #expect(try archive.series(series)?.lastInstanceAt == fixture.clock.now.addingTimeInterval(-1))
        #expect(fixture.files(in: "spool").isEmpty)
        #expect(fixture.files(in: "store").count == 1)
    }

    @Test("other bytes under a known UID: the first stays, the second is kept apart, once")
    func differentContent() throws {
        try archive.receive(ObjectDescription())
        for _ in 1...2 {
            #expect(try archive.receive(ObjectDescription(content: "other")) == .quarantined(.differentContent))
        }
        let kept = try #require(try archive.instances(of: archive.onlySeries().id).first)
        #expect(try Data(contentsOf: kept.file) == ObjectDescription().bytes)
        let apart = try archive.quarantined()
        #expect(apart.map(\.reason) == [.differentContent])
        #expect(try apart.map { try Data(contentsOf: $0.file) } == [Data("other".utf8)])
        #expect(try archive.history(of: kept.seriesID).map(\.kind).contains("quarantined"))
        #expect(fixture.files(in: "spool").isEmpty)
    }

    @Test("a known SOP Instance UID in another series is kept apart", arguments: ["1.2.3", "1.2.99"])
    func differentSeries(study: String) throws {
        try archive.receive(ObjectDescription())
        let stranger = ObjectDescription(series: "1.2.3.5", study: study, content: "other")
        #expect(try archive.receive(stranger) == .quarantined(.differentSeries))
        #expect(try archive.series(SeriesFilter()).count == 1)
    }

    @Test("the same bytes under two SOP Instance UIDs are a mismatch")
    func sameBytesOtherUID() throws {
        try archive.receive(ObjectDescription(content: "same"))
        let result = code { try archive.receive(ObjectDescription(sop: "1.2.3.4.2", content: "same")) }
        #expect(result == .mismatch)
        #expect(fixture.files(in: "spool").isEmpty)
        #expect(fixture.files(in: "store").count == 1)
    }

    @Test("a series that mixes patients or studies keeps everything, and the evidence")
    func identityConflict() throws {
        try archive.receive(ObjectDescription())
        try archive.receive(ObjectDescription(sop: "1.2.3.4.2"))
        #expect(try archive.onlySeries().identityConflict == nil)
        try archive.receive(ObjectDescription(sop: "1.2.3.4.3", patientID: "P2"))
        #expect(try archive.onlySeries().identityConflict == "PatientID")
        try archive.receive(ObjectDescription(sop: "1.2.3.4.4", study: "1.2.4"))
        let series = try archive.onlySeries()
        #expect(series.identityConflict == "PatientID,StudyInstanceUID")
        #expect(series.instanceCount == 4)
        let told = try archive.history(of: series.id).filter { $0.kind == "identityConflict" }.compactMap(\.detail)
        #expect(told.joined().contains("P2") == false, "patient data stays out of the history")
    }

    @Test("an empty file and one that is not there are refused, and leave nothing")
    func unreadable() throws {
        #expect(code { try archive.receive(ObjectDescription(content: "")) } == .unreadable)
        let absent = try archive.spooled(ObjectDescription())
        try FileManager.default.removeItem(at: absent.file)
        #expect(code { _ = try archive.store(absent) } == .internal)
        #expect(fixture.files(in: "spool").isEmpty && fixture.files(in: "store").isEmpty)
        #expect(try archive.studies().isEmpty)
    }

    @Test("instances from many threads share commits, and each is there when its call returns")
    func concurrency() throws {
        let fixture = try ArchiveFixture()
        let commits = Mutex(0)
        let archive = try fixture.open(fileSystem: FaultyFileSystem(syncSeconds: 0.002)) { sql in
            if sql.hasPrefix("BEGIN IMMEDIATE") { commits.withLock { $0 += 1 } }
        }
        let before = commits.withLock { $0 }
        let failures = Mutex<[String]>([])
        let (threads, each) = (12, 10)
        let group = DispatchGroup()
        for thread in 1...threads {
            group.enter()
            Thread.detachNewThread {
                defer { group.leave() }
                for number in 1...each {
                    let object = ObjectDescription(
                        sop: "1.2.\(thread).\(number)", series: "1.2.\(thread)", association: "A\(thread)")
                    do {
                        guard case .stored(_, let series) = try archive.receive(object) else { throw BadUID() }
                        guard try archive.instances(of: series).count == number else { throw BadUID() }
                    } catch { failures.withLock { $0.append("\(object.sop): \(error)") } }
                }
            }
        }
        group.wait()
        #expect(failures.withLock { $0 } == [])
        #expect(fixture.files(in: "store").count == threads * each)
        let used = commits.withLock { $0 } - before
        #expect(used < threads * each, "\(used) commits for \(threads * each) instances")
    }

    @Test("the meta information is not part of the content, since receivers write it")
    func metaInformation() throws {
        let first = part10(meta: "first receiver", dataSet: "data set")
        let second = part10(meta: "another receiver's", dataSet: "data set")
        let results = try [first, second].map { bytes in
            let file = archive.makeSpoolFile()
            try bytes.write(to: file)
            let spooled = try archive.spooled(ObjectDescription())
            return try archive.store(
                ReceivedInstance(
                    file: file, attributes: spooled.attributes, callingAETitle: spooled.callingAETitle,
                    associationID: "A"))
        }
        guard case .stored(let id, _) = results[0] else { return #expect(Bool(false)) }
        #expect(results[1] == .duplicate(id))
    }

    private func part10(meta: String, dataSet: String) -> Data {
        let length = withUnsafeBytes(of: UInt32(meta.utf8.count).littleEndian) { Data($0) }
        let parts = [
            Data(count: 128), Data("DICM".utf8), Data([2, 0, 0, 0]), Data("UL".utf8), Data([4, 0]), length,
            Data(meta.utf8), Data(dataSet.utf8),
        ]
        return parts.reduce(Data(), +)
    }
}
