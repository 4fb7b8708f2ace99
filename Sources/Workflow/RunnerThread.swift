import Foundation
import Synchronization

/// A thread of its own that makes passes over durable rows until it is stopped: at once while there is more to do,
/// when it is rung, and at intervals, since the rows may also be changed by another process or come due.
///
/// Blocking work must not run on Swift's cooperative pool, whose threads are few and do not grow.
public final class RunnerThread: Sendable {
    private let name: String
    private let intervalSeconds: Double
    private let pass: @Sendable () -> Bool
    private let condition = NSCondition()
    private let flags = Mutex((isRung: false, isStopped: false))
    private let finished = DispatchSemaphore(value: 0)
    private let isStarted = Mutex(false)

    /// - Parameter pass: does what is due; returns whether there may be more at once.
    public init(name: String, intervalSeconds: Double, pass: @escaping @Sendable () -> Bool) {
        self.name = name
        self.intervalSeconds = intervalSeconds
        self.pass = pass
    }

    public func start() {
        isStarted.withLock { $0 = true }
        let thread = Thread { [self] in
            run()
            finished.signal()
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// There may be something to do.
    public func ring() { change { $0.isRung = true } }

    /// No pass begins after this; one that is under way goes on.
    public func stop() { change { $0.isStopped = true } }

    /// Blocks until the last pass has ended or the time is over.
    /// - Returns: whether it has ended.
    @discardableResult public func join(timeoutSeconds: Double) -> Bool {
        guard isStarted.withLock(\.self) else { return true }
        guard finished.wait(timeout: .now() + timeoutSeconds) == .success else { return false }
        finished.signal()
        return true
    }

    private func run() {
        while !flags.withLock(\.isStopped) {
            if pass() { continue }
            wait()
        }
    }

    private func wait() {
        let deadline = Date(timeIntervalSinceNow: intervalSeconds)
        condition.lock()
        defer { condition.unlock() }
        while !flags.withLock({ $0.isRung || $0.isStopped }), condition.wait(until: deadline) {}
        flags.withLock { $0.isRung = false }
    }

    private func change(_ change: (inout (isRung: Bool, isStopped: Bool)) -> Void) {
        condition.lock()
        flags.withLock { change(&$0) }
        condition.broadcast()
        condition.unlock()
    }
}
