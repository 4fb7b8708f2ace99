import Archive
import DICOMCore
import DICOMNetwork
import Foundation
public import Logging
import ServiceLifecycle
import Tensors
import UnixSignals
import Workflow

/// One running node: everything that `fovea serve` starts, from the storage SCP to the delivery of results.
public final class FoveaNode: Sendable {
    private let file: String
    let log: NodeLog
    let archive: Archive
    let rules: CurrentRules
    let models: ModelLibrary
    let peers: PeerTable
    let configuration: Configuration
    private let metrics: NodeMetrics?
    private let serviceManager = ServiceManager()
    private let bells = Bells()
    private let threads: NodeThreads
    private let scp: StorageSCP

    /// Longest drains at shutdown; together less than the unit's TimeoutStopSec.
    private enum Drain {
        static let associations = Duration.seconds(10)
        static let jobSeconds = 35.0
        static let otherSeconds = 5.0
    }

    /// Opens the archive and puts right whatever a crash left; blocks.
    /// - Throws: `ArchiveError`, `ModelPackageError`.
    public init(configuration: Configuration, file: String, logger: Logger) throws {
        self.configuration = configuration
        self.file = file
        log = NodeLog(logger: logger)
        rules = CurrentRules(configuration.workflowRules)
        models = ModelLibrary(directory: configuration.modelsDirectory, resources: configuration.computeResources)
        for model in Set(configuration.pipelines.map(\.model)) { _ = try models.package(model) }
        archive = try Archive(directory: configuration.dataDirectory, configuration: configuration.archiveConfiguration)
        peers = PeerTable(configuration)
        metrics = configuration.metrics.map { _ in
            NodeMetrics(version: SoftwareVersion.current, isa: ComputeEngine.selected?.name ?? "none")
        }
        metrics?.expect(rules.value)
        let record = Self.handler(log, metrics, bells)
        let clock = SeriesClock(archive: archive, rules: rules, models: models, record: record)
        threads = NodeThreads(
            clock: clock, archive: archive, rules: rules, models: models,
            settings: NodeThreads.Settings(configuration, serviceManager), record: record)
        bells.hang(clock: threads.clock, jobs: threads.jobs, deliveries: threads.deliveries)
        let reception = ArchiveReception(archive: archive, peers: peers, log: log, metrics: metrics) {
            [bells] association, wasReleased in
            clock.associationEnded(association, wasReleased: wasReleased)
            bells.ringClock()
        }
        scp = StorageSCP(configuration: configuration.storageSCPConfiguration, delegate: reception)
    }

    /// Runs until SIGTERM or SIGINT, then drains and stops; SIGHUP reads peers, destinations and pipelines again.
    /// - Throws: what kept a service from starting, such as a port that is taken.
    public func run() async throws {
        sayWhatIsConfigured()
        // In dependency order: the group stops them in reverse, reception first, metrics last.
        let services: [any Service] =
            metricsServices + [deliveryService, jobService, clockService, receptionService, reloadService]
        let group = ServiceGroup(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: log.logger)
        try await group.run()
        log.logger.notice("stopped")
    }

    private static func handler(_ log: NodeLog, _ metrics: NodeMetrics?, _ bells: Bells) -> WorkflowEventHandler {
        { event in
            log.record(event)
            metrics?.record(event)
            bells.ring(for: event)
        }
    }
}

extension FoveaNode {
    private var deliveryService: BlockingService {
        BlockingService(description: "delivery") { [self] in
            threads.deliveries.replace(with: rules.value.destinations)
            warnOfStrandedResults()
        } stop: { [threads] in
            threads.deliveries.stop(timeoutSeconds: Drain.otherSeconds)
        }
    }

    private var jobService: BlockingService {
        BlockingService(description: "jobs") { [threads] in
            threads.jobs.start()
        } stop: { [threads, log] in
            threads.jobs.stop()
            if !threads.jobs.join(timeoutSeconds: Drain.jobSeconds) {
                log.logger.warning("a job is still running; it runs again after the next start")
            }
        }
    }

    private var clockService: BlockingService {
        BlockingService(description: "series clock") { [threads] in
            threads.clock.start()
            threads.retention.start()
        } stop: { [threads] in
            threads.clock.stop()
            threads.retention.stop()
            threads.clock.join(timeoutSeconds: Drain.otherSeconds)
            threads.retention.join(timeoutSeconds: Drain.otherSeconds)
        }
    }

    private var receptionService: BlockingService {
        BlockingService(description: "storage SCP") { [self] in
            try scp.start()
            let port = scp.boundPort.map(Int.init) ?? configuration.node.port
            log.logger.notice(
                "listening",
                metadata: [
                    "address": "\(configuration.node.address)", "port": "\(port)",
                    "ae_title": "\(configuration.node.aeTitle)",
                ])
            serviceManager.isReady(
                "listening on \(configuration.node.address):\(port) as \(configuration.node.aeTitle)")
        } stop: { [scp, serviceManager, log] in
            log.logger.notice("draining: no new associations")
            serviceManager.isStopping()
            scp.stop(drain: Drain.associations)
        }
    }

    /// One if they are configured.
    private var metricsServices: [any Service] {
        guard let settings = configuration.metrics, let metrics else { return [] }
        let service = MetricsService(settings: settings, logger: log.logger) { [archive] in
            metrics.record(try QueueCounts(archive))
            return metrics.exposition
        }
        return [service]
    }

    private var reloadService: ReloadService { ReloadService { [self] in reload() } }

    /// Reads the file again; a file with problems changes nothing. Blocks.
    private func reload() {
        do {
            let next = try Configuration(contentsOf: file)
            for model in Set(next.pipelines.map(\.model)) { _ = try models.package(model) }
            peers.replace(with: next)
            rules.replace(with: next.workflowRules)
            metrics?.expect(next.workflowRules)
            archive.configuration = next.archiveConfiguration
            threads.deliveries.replace(with: next.destinations)
            warnOfStrandedResults()
            log.logger.notice(
                """
                configuration read again: \(next.peers.count) peers, \(next.destinations.count) destinations, \
                \(next.pipelines.count) pipelines; other sections change at the next start
                """)
        } catch {
            log.logger.error("configuration not changed: \(error)")
        }
    }

    /// Results for a destination that was taken out of the configuration wait until it is there again.
    private func warnOfStrandedResults() {
        let configured = rules.value.destinations.map(\.name)
        for name in (try? archive.destinationsDue()) ?? [] where !configured.contains(name) {
            log.record(WorkflowEvent.unknownDestination(name))
        }
    }

    private func sayWhatIsConfigured() {
        log.logger.notice("Fovea \(SoftwareVersion.current), research use only")
        for warning in configuration.warnings { log.logger.warning("\(file): \(warning)") }
        if configuration.node.acceptUnknownPeers {
            log.logger.warning("ACCEPTING ANY CALLING AE TITLE FROM ANYWHERE: accept_unknown_peers is true")
        }
        let peers = configuration.peers.map { "\($0.aeTitle)@\($0.host ?? "anywhere")" }.joined(separator: " ")
        log.logger.notice("peers: \(peers.isEmpty ? "none" : peers)")
        for pipeline in configuration.pipelines {
            let destinations = pipeline.destinations.joined(separator: ", ")
            log.logger.notice("pipeline \(pipeline.name): model \(pipeline.model), to \(destinations)")
        }
        log.logger.info("archive opened: \(archive.recovery)")
    }
}
