import Archive
import Foundation
import Synchronization
import Workflow

/// The threads on which a node works; each makes passes over durable rows.
struct NodeThreads: Sendable {
    let clock: RunnerThread
    let jobs: RunnerThread
    let retention: RunnerThread
    let deliveries: DeliveryThreads

    /// Polls: rows come due by time, and other processes (the command line) change them.
    private static let clockSeconds = 0.2
    private static let jobSeconds = 0.5

    init(
        clock: SeriesClock, archive: Archive, rules: CurrentRules, models: ModelLibrary, settings: Settings,
        record: @escaping WorkflowEventHandler
    ) {
        let runner = JobRunner(archive: archive, rules: rules, models: models, settings: settings.jobs, record: record)
        let retainer = RetentionRunner(archive: archive, record: record)
        // The clock's passes are the heartbeat for systemd: they stop if the archive hangs.
        let heartbeat = Heartbeat(settings.serviceManager)
        self.clock = RunnerThread(name: "clock", intervalSeconds: Self.clockSeconds) {
            heartbeat.beat()
            return clock.pass()
        }
        jobs = RunnerThread(name: "jobs", intervalSeconds: Self.jobSeconds) { runner.pass() }
        retention = RunnerThread(name: "retention", intervalSeconds: settings.retentionSeconds) { retainer.pass() }
        deliveries = DeliveryThreads { destination in
            DeliveryRunner(archive: archive, destination: destination, sender: settings.sender, record: record)
        }
    }

    /// What does not come from the rows.
    struct Settings: Sendable {
        let jobs: JobRunner.Settings
        let sender: any InstanceSending
        let retentionSeconds: Double
        let serviceManager: ServiceManager

        init(_ configuration: Configuration, _ serviceManager: ServiceManager) {
            let equipment = NodeEquipment.equipment(
                serialNumber: configuration.node.aeTitle, version: SoftwareVersion.current)
            jobs = JobRunner.Settings(
                worker: "fovea-\(ProcessInfo.processInfo.processIdentifier)", threads: configuration.threadCount,
                equipment: equipment)
            sender = AssociationSender(callingAETitle: configuration.aeTitle)
            retentionSeconds = configuration.retention.checkSeconds
            self.serviceManager = serviceManager
        }
    }
}

/// Tells systemd that the node is alive, as often as its watchdog needs.
private final class Heartbeat: Sendable {
    private let serviceManager: ServiceManager
    private let last = Mutex(ContinuousClock.now)

    init(_ serviceManager: ServiceManager) { self.serviceManager = serviceManager }

    func beat() {
        guard let seconds = serviceManager.watchdogSeconds else { return }
        let isDue = last.withLock { last in
            guard ContinuousClock.now - last > .seconds(seconds / 2) else { return false }
            last = .now
            return true
        }
        if isDue { serviceManager.isAlive() }
    }
}
