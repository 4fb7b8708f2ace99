public import Archive
import DICOMCore
public import DICOMImaging
import Foundation
import Models

/// Works off the queue, one job at a time: claims it under a lease, runs it, and gives the answer with its objects and
/// deliveries in one transaction. A crash leaves a lease that runs out.
public struct JobRunner: Sendable {
    private let archive: Archive
    private let rules: CurrentRules
    private let models: ModelLibrary
    private let settings: Settings
    private let record: WorkflowEventHandler

    /// How jobs are run.
    public struct Settings: Sendable {
        /// The name of this worker in the queue.
        public var worker: String
        public var threads: Int
        public var equipment: Equipment
        public var leaseSeconds = 60.0

        public init(worker: String, threads: Int, equipment: Equipment) {
            self.worker = worker
            self.threads = threads
            self.equipment = equipment
        }
    }

    public init(
        archive: Archive, rules: CurrentRules, models: ModelLibrary, settings: Settings,
        record: @escaping WorkflowEventHandler
    ) {
        self.archive = archive
        self.rules = rules
        self.models = models
        self.settings = settings
        self.record = record
    }

    /// Runs the next job, if one is ready.
    /// - Returns: whether there may be more at once.
    public func pass() -> Bool {
        do {
            guard let job = try archive.claimJob(worker: settings.worker, leaseSeconds: settings.leaseSeconds) else {
                return false
            }
            record(.jobStarted(job.id, job.seriesInstanceUID, pipeline: job.pipeline, attempt: job.attempts))
            try runUnderLease(job)
            return true
        } catch {
            record(.archiveFailed(error, during: "working off the queue"))
            return false
        }
    }

    private func runUnderLease(_ job: JobRecord) throws(ArchiveError) {
        let keeper = RunnerThread(name: "lease", intervalSeconds: settings.leaseSeconds / 3) {
            [archive, settings, record] in
            do throws(ArchiveError) {
                _ = try archive.renew(job, leaseSeconds: settings.leaseSeconds)
            } catch {
                record(.archiveFailed(error, during: "renewing the lease of job \(job.id)"))
            }
            return false
        }
        keeper.start()
        defer { keeper.stop() }
        try run(job)
    }

    private func run(_ job: JobRecord) throws(ArchiveError) {
        let start = ContinuousClock.now
        let pipeline = rules.value.pipeline(named: job.pipeline)
        let destinations = (pipeline?.destinations ?? []).compactMap(rules.value.destination)
        let spool = SpoolFiles(archive)
        var result = result(of: job, try input(job, pipeline, destinations), spool)
        var objects: [ResultObject] = []
        do {
            objects = try result.outputs.map { try object($0, for: destinations) }
        } catch {
            result.fail("a result cannot be read again: \(error)", isTransient: true)
        }
        if result.isTransient, !archive.isLastAttempt(job) {
            spool.removeAll()
            _ = try archive.fail(job, .transient(result.reason ?? "failed"))
            return record(.jobPostponed(job.id, reason: result.reason ?? "failed"))
        }
        let answer = answer(result, objects, destinations)
        spool.removeAll(except: answer.objects.map(\.file))
        guard try archive.finish(job, answer) else { return record(.leaseLost(job.id)) }
        let seconds = (ContinuousClock.now - start).seconds
        record(.jobAnswered(AnsweredJob(job, result, objectCount: answer.objects.count, seconds: seconds)))
    }

    private func input(
        _ job: JobRecord, _ pipeline: PipelineRule?, _ destinations: [Destination]
    ) throws(ArchiveError) -> SeriesInput {
        let instances = try archive.instances(of: job.seriesID).filter { !$0.isOwnResult && $0.state == .stored }
        var input = SeriesInput(
            files: instances.map(\.file), instances: instances.map { ($0.sopInstanceUID, $0.digest) },
            created: job.createdAt)
        input.parameters = "\(job.pipeline) revision \(job.seriesRevision) answer \(job.answer)"
        input.effort = pipeline?.effort(jobPriority: job.priority) ?? Effort()
        input.answers = pipeline?.answers ?? []
        input.predecessors = try archive.predecessorResults(of: job).filter { $0.role == .report }.map { result in
            PredecessorDocument(
                studyInstanceUID: result.studyInstanceUID, seriesInstanceUID: result.seriesInstanceUID,
                instance: SourceInstance(sopClassUID: result.sopClassUID, sopInstanceUID: result.sopInstanceUID))
        }
        // Two destinations of one form share their objects; without a destination the results stay here.
        let forms = Set(destinations.map(ResultForm.init))
        if !forms.isEmpty { input.forms = forms.sorted { $0.parameter < $1.parameter } }
        return input
    }

    private func result(of job: JobRecord, _ input: SeriesInput, _ spool: SpoolFiles) -> SeriesResult {
        do {
            guard rules.value.pipeline(named: job.pipeline) != nil else {
                return SeriesResult(outcome: .failed, reason: "pipeline \(job.pipeline) is not configured any more")
            }
            if let conflict = try archive.series(job.seriesID)?.identityConflict {
                // VOL-E13 by the archive's own books: told to nobody, since it would be filed under the wrong patient.
                return SeriesResult(outcome: .refused, reason: "VOL-E13 inconsistent patient/study: \(conflict)")
            }
            let processor = SeriesProcessor(
                segmenter: try models.segmenter(job.modelName), equipment: settings.equipment, threads: settings.threads
            )
            return processor.process(input, makeFile: { _ in spool.make() })
        } catch {
            return SeriesProcessor.reportOfFailure(
                "\(error)", input, equipment: settings.equipment, makeFile: { _ in spool.make() })
        }
    }

    private func object(
        _ output: SeriesResult.Output, for destinations: [Destination]
    ) throws(InstanceHeader.Failure) -> ResultObject {
        let takers = destinations.filter { ResultForm($0) == output.form }.map(\.name)
        return ResultObject(
            file: output.object.url, attributes: try InstanceHeader.attributes(of: output.object.url),
            role: output.role, destinations: takers)
    }

    private func answer(_ result: SeriesResult, _ objects: [ResultObject], _ destinations: [Destination]) -> JobAnswer {
        var answer = JobAnswer(outcome: result.outcome, reason: result.reason)
        answer.findingsJSON = JSONText.of(result.findings)
        answer.timingsJSON = JSONText.of(StepSeconds(result.timings))
        answer.destinations = destinations.map(\.name)
        answer.objects = objects
        return answer
    }
}
