internal import CKernels
internal import Foundation
internal import Synchronization

/// Waiting that is short as a rule: first in a loop, then giving way to other threads, and only after about a
/// millisecond asleep.
final class PatientCondition: Sendable {
    private let sleepers = Atomic(0)
    private let condition = NSCondition()

    /// Some 50 microseconds.
    private static let spins = 1000
    private static let wakeful = Duration.milliseconds(1)

    /// Returns when `isMet`, which reads what others write with sequentially consistent order before they `notify`.
    func wait(_ isMet: () -> Bool) {
        for _ in 0..<Self.spins {
            if isMet() { return }
            ck_spin_hint()
        }
        let start = ContinuousClock.now
        while ContinuousClock.now - start < Self.wakeful {
            if isMet() { return }
            sched_yield()
        }
        sleep(until: isMet)
    }

    /// No wake-up is lost: either `notify` sees the sleeper that is counted before it looks once more, or the look is
    /// later than what `notify` tells of.
    private func sleep(until isMet: () -> Bool) {
        condition.withLock {
            sleepers.add(1, ordering: .sequentiallyConsistent)
            while !isMet() { condition.wait() }
            sleepers.subtract(1, ordering: .sequentiallyConsistent)
        }
    }

    func notify() {
        guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        condition.withLock { condition.broadcast() }
    }
}
