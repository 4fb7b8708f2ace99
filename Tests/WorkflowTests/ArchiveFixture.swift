import Archive
import DICOMCore
import Foundation
import Models
import Synchronization
import Workflow

/// A clock that a test sets.
final class TestClock: Sendable {
    private let date = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    var now: Date { date.withLock(\.self) }

    func advance(seconds: Double) { date.withLock { $0 += seconds } }
}

/// An archive in a folder of its own, the rules of one pipeline, and what the workflow said.
final class ArchiveFixture: Sendable {
    let time = TestClock()
    let directory: URL
    let archive: Archive
    let rules: CurrentRules
    let models: ModelLibrary
    private let events = Mutex<[String]>([])
    private let counter = Mutex(0)

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
        var configuration = ArchiveConfiguration()
        configuration.watermarks = Watermarks(refuseAssociationsBelowBytes: 0, refuseObjectsBelowBytes: 0)
        configuration.completeness = CompletenessPeriods(quietSeconds: 5, deadlineSeconds: 60)
        configuration.deliveryRetry = RetryPolicy(maximumAttempts: 2, firstDelaySeconds: 10)
        archive = try Archive(directory: directory, configuration: configuration, now: { [time] in time.now })
        var pipeline = PipelineRule(name: "lungs", model: "no-such-model")
        pipeline.modalities = ["CT"]
        pipeline.destinations = ["pacs"]
        var rules = WorkflowRules()
        rules.pipelines = [pipeline]
        rules.destinations = [Destination(name: "pacs", aeTitle: "PACS", host: "127.0.0.1", port: 4242)]
        self.rules = CurrentRules(rules)
        models = ModelLibrary(directory: directory.appending(path: "models"), resources: ComputeResources(threads: 1))
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    var log: [String] { events.withLock(\.self) }

    func record(_ event: WorkflowEvent) { events.withLock { $0.append("\(event)") } }

    var clock: SeriesClock { SeriesClock(archive: archive, rules: rules, models: models, record: record) }

    /// Lets time pass, then makes a pass of the clock.
    func passAfter(seconds: Double) {
        time.advance(seconds: seconds)
        while clock.pass(at: time.now) {}
    }

    /// What a received series says; each slice is an instance of its own.
    struct Series {
        var number: Int
        var study = 1
        var spacingMM = 1.0
        var slices = 0..<20
        var imageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        var modality = "CT"
        var sopClassUID = SOPClassUID.ctImageStorage
        var imagesInAcquisition: Int?
        var isOwnResult = false
        var patientID = "P1"
        var association = "a"

        var uid: String { "1.2.\(study).\(number)" }
    }

    func receive(_ series: Series) throws {
        for k in series.slices { try receive(try attributes(series, k), association: series.association) }
    }

    private func receive(_ attributes: InstanceAttributes, association: String) throws {
        let file = archive.makeSpoolFile()
        try Data("\(attributes.sopInstanceUID)".utf8).write(to: file)
        let received = ReceivedInstance(
            file: file, attributes: attributes, callingAETitle: AETitle("CT1")!, associationID: association)
        _ = try archive.store(received)
    }

    private func attributes(_ series: Series, _ k: Int) throws -> InstanceAttributes {
        var attributes = InstanceAttributes(
            sopInstanceUID: SOPInstanceUID("\(series.uid).\(k + 1)")!, sopClassUID: series.sopClassUID,
            seriesInstanceUID: SeriesInstanceUID(series.uid)!,
            studyInstanceUID: StudyInstanceUID("1.2.\(series.study)")!,
            transferSyntaxUID: TransferSyntaxUID("1.2.840.10008.1.2.1")!)
        attributes.patientID = series.patientID
        attributes.modality = series.modality
        attributes.seriesNumber = series.number
        attributes.frameOfReferenceUID = FrameOfReferenceUID("1.2.\(series.study).9")
        attributes.imageType = series.imageType
        attributes.imagePositionPatient = [0, 0, Double(k) * series.spacingMM]
        attributes.imageOrientationPatient = [1, 0, 0, 0, 1, 0]
        attributes.imagesInAcquisition = series.imagesInAcquisition
        attributes.isOwnResult = series.isOwnResult
        return attributes
    }

    func job(of series: Series, revision: Int = 1) throws -> JobRecord? {
        try archive.jobs().first { $0.seriesInstanceUID.rawValue == series.uid && $0.seriesRevision == revision }
    }
}
