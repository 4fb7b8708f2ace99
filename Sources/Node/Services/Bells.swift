import Archive
import Synchronization
import Workflow

/// Wakes the threads whose work an event of another thread has made ready, so that a series is answered at once and
/// not at the next poll.
final class Bells: Sendable {
    private struct Ropes {
        var clock: RunnerThread?
        var jobs: RunnerThread?
        var deliveries: DeliveryThreads?
    }

    private let ropes = Mutex(Ropes())

    func hang(clock: RunnerThread, jobs: RunnerThread, deliveries: DeliveryThreads) {
        ropes.withLock { $0 = Ropes(clock: clock, jobs: jobs, deliveries: deliveries) }
    }

    func ringClock() { ropes.withLock(\.clock)?.ring() }

    func ring(for event: WorkflowEvent) {
        switch event {
        case .seriesChosen: ropes.withLock(\.jobs)?.ring()
        case .jobAnswered: ropes.withLock(\.deliveries)?.ring()
        default: break
        }
    }
}
