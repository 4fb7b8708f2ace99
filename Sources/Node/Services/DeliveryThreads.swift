import Archive
import Synchronization
import Workflow

/// A thread for each destination, so that a dead one blocks no other.
final class DeliveryThreads: Sendable {
    private let makeRunner: @Sendable (Destination) -> DeliveryRunner
    private let threads = Mutex<[Destination: RunnerThread]>([:])

    /// Deliveries also come due by time, and by `fovea deliveries retry` of another process.
    private static let intervalSeconds = 0.5

    init(makeRunner: @escaping @Sendable (Destination) -> DeliveryRunner) { self.makeRunner = makeRunner }

    /// Starts and stops threads so that they are those of `destinations`.
    func replace(with destinations: [Destination]) {
        let (stopped, started) = threads.withLock { threads in
            let stopped = threads.filter { !destinations.contains($0.key) }
            for destination in stopped.keys { threads[destination] = nil }
            let started = destinations.filter { threads[$0] == nil }
            for destination in started { threads[destination] = thread(for: destination) }
            return (Array(stopped.values), started.compactMap { threads[$0] })
        }
        stopped.forEach { $0.stop() }
        started.forEach { $0.start() }
    }

    func ring() { threads.withLock { $0.values.forEach { $0.ring() } } }

    func stop(timeoutSeconds: Double) {
        let all = threads.withLock { Array($0.values) }
        all.forEach { $0.stop() }
        all.forEach { $0.join(timeoutSeconds: timeoutSeconds) }
    }

    private func thread(for destination: Destination) -> RunnerThread {
        let runner = makeRunner(destination)
        return RunnerThread(name: "deliver", intervalSeconds: Self.intervalSeconds) { runner.pass() }
    }
}
