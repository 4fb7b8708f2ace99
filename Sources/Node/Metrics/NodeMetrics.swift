import Archive
import DICOMNetwork
import Metrics
import Models
package import Workflow

/// Turns what the node does into metrics. Their labels hold names of the configuration and of the program: never what a
/// peer sent.
package struct NodeMetrics: Sendable {
    private let registry = PrometheusRegistry(
        help: Dictionary(uniqueKeysWithValues: NodeMetric.allCases.map { ($0.rawValue, $0.help) }))

    package init(version: String, isa: String) {
        gauge(.buildInfo, [("version", version), ("isa", isa)], 1)
        for outcome in InstanceOutcome.allCases { count(.instances, [("outcome", outcome.rawValue)], 0) }
    }

    /// In Prometheus' text format 0.0.4.
    package var exposition: String { registry.exposition }

    /// Begins at 0 what these rules may count, since an increase is seen only from a value that was there before.
    package func expect(_ rules: WorkflowRules) {
        for pipeline in rules.pipelines {
            for outcome in JobOutcome.allCases {
                count(.jobsAnswered, [("pipeline", pipeline.name), ("outcome", outcome.rawValue)], 0)
            }
        }
        for destination in rules.destinations {
            for outcome in DeliveryResult.allCases { count(outcome, to: destination.name, 0) }
        }
    }

    package func record(_ event: WorkflowEvent) {
        switch event {
        case .jobAnswered(let job): record(job)
        case .seriesNotChosen(_, let pipeline, _):
            count(.jobsAnswered, [("pipeline", pipeline), ("outcome", JobOutcome.notApplicable.rawValue)])
        case .delivered(_, let destination, _): count(DeliveryResult.taken, to: destination)
        case .notDelivered(_, let destination, _, _): count(DeliveryResult.failed, to: destination)
        default: break
        }
    }

    func record(_ summary: AssociationSummary) {
        count(.associations, [("ending", summary.ending.label)])
        count(.instances, [("outcome", InstanceOutcome.stored.rawValue)], summary.storedInstances)
        count(.instances, [("outcome", InstanceOutcome.refused.rawValue)], summary.refusedInstances)
        count(.receivedBytes, [], summary.receivedBytes)
    }

    func record(_ event: NetworkEvent) {
        if case .rejected = event { count(.associations, [("ending", "rejected")]) }
    }

    package func record(_ queue: QueueCounts) {
        for (state, number) in queue.jobs { gauge(.jobs, [("state", state.rawValue)], number) }
        for (state, number) in queue.deliveries { gauge(.deliveries, [("state", state.rawValue)], number) }
    }

    private enum InstanceOutcome: String, CaseIterable { case stored, refused }

    private enum DeliveryResult: String, CaseIterable { case taken, failed }
}

extension NodeMetrics {
    private func record(_ job: AnsweredJob) {
        let pipeline = ("pipeline", job.pipeline)
        count(.jobsAnswered, [pipeline, ("outcome", job.outcome.rawValue)])
        time(.jobSeconds, [pipeline], job.seconds)
        for (step, seconds) in StepSeconds(job.timings).seconds {
            time(.stepSeconds, [pipeline, ("step", step)], seconds)
        }
        if let usage = job.blockUsage { record(usage, of: pipeline) }
    }

    private func record(_ usage: BlockUsage, of pipeline: (String, String)) {
        count(.windows, [pipeline], usage.windows.count)
        for index in 0..<usage.blockCount {
            let computed = usage.windows.count { $0.isComputed[index] }
            let labels = [pipeline, ("block", "\(index + 1)")]
            count(.blocksComputed, labels, computed)
            count(.blocksDropped, labels, usage.windows.count - computed)
        }
        observe(.workSaved, [pipeline], usage.estimatedSaving)
        observe(.timeSaved, [pipeline], usage.measuredSaving)
    }

    private func count(_ result: DeliveryResult, to destination: String, _ number: Int = 1) {
        count(.deliveryAttempts, [("destination", destination), ("outcome", result.rawValue)], number)
    }

    private func count(_ metric: NodeMetric, _ labels: [(String, String)], _ number: Int = 1) {
        Counter(label: metric.rawValue, dimensions: labels, factory: registry).increment(by: number)
    }

    private func gauge(_ metric: NodeMetric, _ labels: [(String, String)], _ value: Int) {
        Meter(label: metric.rawValue, dimensions: labels, factory: registry).set(value)
    }

    private func observe(_ metric: NodeMetric, _ labels: [(String, String)], _ value: Double) {
        Recorder(label: metric.rawValue, dimensions: labels, factory: registry).record(value)
    }

    private func time(_ metric: NodeMetric, _ labels: [(String, String)], _ seconds: Double) {
        Timer(label: metric.rawValue, dimensions: labels, factory: registry).recordSeconds(seconds)
    }
}

extension AssociationSummary.Ending {
    fileprivate var label: String {
        switch self {
        case .released: "released"
        case .aborted: "aborted"
        case .timedOut: "timed_out"
        case .stopped: "stopped"
        case .failed: "failed"
        }
    }
}
