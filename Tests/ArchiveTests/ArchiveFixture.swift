import Archive
import DICOMCore
import Foundation
import Synchronization

/// A data directory of its own, a clock that stands still, and what it takes to fill an archive.
final class ArchiveFixture: Sendable {
    let directory: URL
    let clock = TestClock()

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("fovea-archive-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    init(directory: URL) { self.directory = directory }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func open(
        _ configuration: ArchiveConfiguration = ArchiveConfiguration(), access: Archive.Access = .daemon,
        fileSystem: any FileSystem = POSIXFileSystem(), trace: (@Sendable (String) -> Void)? = nil
    ) throws(ArchiveError) -> Archive {
        let clock = clock
        return try Archive(
            directory: directory, configuration: configuration, access: access, now: { clock.now },
            fileSystem: fileSystem, trace: trace)
    }

    /// All files below a folder of the data directory.
    func files(in folder: String) -> [String] {
        let root = directory.appendingPathComponent(folder).path
        let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return names.filter {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(root)/\($0)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }
}

/// A clock that tests move.
final class TestClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    var now: Date { time.withLock { $0 } }

    func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
}

/// The header of one test object.
struct ObjectDescription {
    var sop = "1.2.3.4.1"
    var series = "1.2.3.4"
    var study = "1.2.3"
    var patientID: String? = "P1"
    var callingAE = "CT1"
    var association = "A1"
    var content: String?
    var isOwnResult = false

    var attributes: InstanceAttributes {
        get throws {
            var attributes = InstanceAttributes(
                sopInstanceUID: try uid(sop), sopClassUID: try uid("1.2.840.10008.5.1.4.1.1.2"),
                seriesInstanceUID: try uid(series), studyInstanceUID: try uid(study),
                transferSyntaxUID: try uid("1.2.840.10008.1.2.1"))
            attributes.patientID = patientID
            attributes.modality = "CT"
            attributes.seriesDescription = "chest"
            attributes.imagePositionPatient = [1, 2, 3.5]
            attributes.isOwnResult = isOwnResult
            return attributes
        }
    }

    var bytes: Data { Data((content ?? "object \(sop)").utf8) }
}

struct BadUID: Error {}

func uid<Role>(_ text: String) throws -> UniqueIdentifier<Role> {
    guard let uid = UniqueIdentifier<Role>(text) else { throw BadUID() }
    return uid
}

extension Archive {
    /// Writes an object into the spool.
    func spooled(_ object: ObjectDescription) throws -> ReceivedInstance {
        let file = makeSpoolFile()
        try object.bytes.write(to: file)
        guard let calling = AETitle(object.callingAE) else { throw BadUID() }
        return ReceivedInstance(
            file: file, attributes: try object.attributes, callingAETitle: calling, associationID: object.association)
    }

    @discardableResult
    func receive(_ object: ObjectDescription) throws -> StoreOutcome { try store(spooled(object)) }

    /// Receives `count` instances of a series on one association and gives the series.
    func receiveSeries(_ uid: String = "1.2.3.4", count: Int = 2, from callingAE: String = "CT1") throws -> SeriesRecord
    {
        for number in 1...count {
            try receive(
                ObjectDescription(
                    sop: "\(uid).\(number)", series: uid, callingAE: callingAE, association: "association of \(uid)"))
        }
        return try onlySeries(uid)
    }

    func onlySeries(_ uid: String = "1.2.3.4") throws -> SeriesRecord {
        guard let series = try series(SeriesFilter(seriesInstanceUID: SeriesInstanceUID(uid))).first else {
            throw ArchiveError(.notFound, uid)
        }
        return series
    }

    /// Closes a series and puts one job on it.
    @discardableResult
    func enqueueJob(
        on series: SeriesRecord, pipeline: String = "lung", priority: Int = 0, start: JobRequest.Start = .now
    ) throws -> JobRecord {
        let request = JobRequest(
            pipeline: pipeline, series: series, modelName: "lung-nodules", modelDigest: "d1", priority: priority,
            start: start)
        guard let job = try close(series, reason: "quiet for 5 s", enqueue: [request])?.first else {
            throw ArchiveError(.notFound, "the series changed")
        }
        return job
    }

    func claim() throws -> JobRecord? { try claimJob(worker: "worker 1", leaseSeconds: 60) }

    /// An answer with a SEG and an SR for the given destinations.
    func answer(
        _ outcome: JobOutcome = .findings, to destinations: [String] = ["pacs"], uid: String = "2.25.1",
        content: String = "result"
    ) throws -> JobAnswer {
        let objects = try [("1", ResultObject.Role.segmentation), ("2", .report)].map { number, role in
            let object = ObjectDescription(
                sop: "\(uid).\(number)", series: "\(uid).9\(number)", content: "\(content) \(uid) \(number)")
            let spooled = try spooled(object)
            return ResultObject(file: spooled.file, attributes: spooled.attributes, role: role)
        }
        var answer = JobAnswer(outcome: outcome, reason: nil, objects: objects, destinations: destinations)
        answer.findingsJSON = #"[{"segment":1}]"#
        return answer
    }

    func state(of job: JobRecord) throws -> JobState? { try self.job(job.id)?.state }
}

/// The code of the archive error that `body` throws; nil if it throws none.
func code(of body: () throws -> Void) -> ArchiveError.Code? {
    do { try body() } catch { return (error as? ArchiveError)?.code }
    return nil
}
