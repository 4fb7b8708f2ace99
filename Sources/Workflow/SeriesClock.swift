public import Archive
import DICOMCore
public import Foundation
import Models

/// Decides when series are complete and which of them are processed. All it knows is rows, so that nothing is lost
/// when the node stops.
public struct SeriesClock: Sendable {
    let archive: Archive
    let rules: CurrentRules
    let models: ModelLibrary
    let record: WorkflowEventHandler

    /// Series per query.
    private static let batchSize = 100

    public init(archive: Archive, rules: CurrentRules, models: ModelLibrary, record: @escaping WorkflowEventHandler) {
        self.archive = archive
        self.rules = rules
        self.models = models
        self.record = record
    }

    /// Closes the series that are due and decides for the studies that wait.
    /// - Returns: whether there may be more at once.
    public func pass(at now: Date = Date()) -> Bool {
        do {
            let due = try archive.seriesDue(at: now, limit: Self.batchSize)
            for series in due { try close(series, at: now) }
            try decideWaiting()
            return due.count == Self.batchSize
        } catch {
            record(.archiveFailed(error, during: "looking for complete series"))
            return false
        }
    }

    /// Looks for evidence that the series of an association need not wait for their quiet period.
    public func associationEnded(_ associationID: String, wasReleased: Bool, at now: Date = Date()) {
        do {
            for series in try archive.openSeries(lastIn: associationID) where !series.isOwnResult {
                let evidence = try evidence(for: series, wasReleased: wasReleased)
                guard case .complete(let reason) = evidence.verdict else { continue }
                if try archive.bringForward(series, to: now, reason: reason) {
                    record(.seriesBroughtForward(series.seriesInstanceUID, reason: reason))
                }
            }
        } catch {
            record(.archiveFailed(error, during: "judging the series of an association"))
        }
    }

    private func close(_ series: SeriesRecord, at now: Date) throws(ArchiveError) {
        let pipelines = try matchingPipelines(series)
        let requests = pipelines.compactMap { request($0, series) }
        let reason = try closingReason(series, at: now)
        guard try archive.close(series, reason: reason, enqueue: requests) != nil else { return }
        let names = requests.map(\.pipeline)
        record(
            .seriesClosed(
                series.seriesInstanceUID, instanceCount: series.instanceCount, reason: reason, pipelines: names))
    }

    /// A model that cannot be loaded gives a job all the same, so that the failure is seen and told.
    private func request(_ pipeline: PipelineRule, _ series: SeriesRecord) -> JobRequest? {
        let digest = (try? models.package(pipeline.model).digest) ?? ""
        return JobRequest(
            pipeline: pipeline.name, series: series, modelName: pipeline.model, modelDigest: digest,
            priority: pipeline.priority, start: .onDecision)
    }

    /// Own results and what holds no images go into no pipeline.
    private func matchingPipelines(_ series: SeriesRecord) throws(ArchiveError) -> [PipelineRule] {
        guard !series.isOwnResult else { return [] }
        let matching = rules.value.pipelines.filter { $0.matches(PipelineRule.Subject(series)) }
        guard !matching.isEmpty else { return [] }
        let holdsImages = try archive.instances(of: series.id).contains {
            StorageClass.with(uid: $0.sopClassUID)?.kind == .image && !$0.isOwnResult
        }
        return holdsImages ? matching : []
    }

    private func closingReason(_ series: SeriesRecord, at now: Date) throws(ArchiveError) -> String {
        if series.quietAt > now { return "the deadline after the first instance has passed" }
        let evidence = try archive.history(of: series.id).last { $0.kind == "broughtForward" }
        if let evidence, evidence.at >= series.lastInstanceAt, let reason = evidence.detail { return reason }
        return "no instance for \(series.quietAt.timeIntervalSince(series.lastInstanceAt).formatted()) s"
    }

    private func evidence(for series: SeriesRecord, wasReleased: Bool) throws(ArchiveError) -> CompletenessEvidence {
        let instances = try archive.instances(of: series.id)
        let expected = Set(instances.map(\.attributes.imagesInAcquisition))
        let isKnown = rules.value.wholeSeriesSenders.contains(series.callingAETitle.rawValue)
        let isLearned = try archive.sender(series.callingAETitle).wholeSeriesInARow >= Self.wholeSeriesToTrust
        return CompletenessEvidence(
            imageCount: instances.imageCount, expectedCount: expected.count == 1 ? expected.first ?? nil : nil,
            isGapless: StackShape(instances)?.isGapless ?? false, wasReleased: wasReleased,
            senderDeliversSeriesInOneAssociation: isKnown || isLearned)
    }

    /// So many series in a row that came whole in one association make a sender known for it.
    private static let wholeSeriesToTrust = 20
}

extension PipelineRule.Subject {
    init(_ series: SeriesRecord) {
        self.init(
            modality: series.modality ?? "", bodyPart: series.bodyPartExamined ?? "",
            seriesDescription: series.seriesDescription ?? "", studyDescription: series.studyDescription ?? "",
            callingAETitle: series.callingAETitle.rawValue)
    }
}
