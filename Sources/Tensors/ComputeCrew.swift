internal import Foundation
internal import Synchronization

/// The threads of a `ComputePool`, and how they learn of work.
///
/// A thread that comes late to a loop finds no items and goes back to waiting; the caller waits for the items, not for
/// the threads.
final class ComputeCrew: Sendable {
    private let workers: Int
    private let loop = Mutex<ComputeLoop?>(nil)
    /// Grows with every loop.
    private let generation = Atomic(0)
    private let isRunning = Atomic(false)
    private let isStopping = Atomic(false)
    private let newLoop = PatientCondition()
    private let loopDone = PatientCondition()

    init(workers: Int) {
        self.workers = workers
    }

    func start() {
        for worker in 0..<workers {
            let thread = Thread { self.serve(as: worker + 1) }
            thread.name = "fovea-compute-\(worker + 1)"
            thread.start()
        }
    }

    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        newLoop.notify()
    }

    /// The calling thread works as worker 0.
    func run(_ loop: ComputeLoop) {
        precondition(
            !isRunning.exchange(true, ordering: .acquiringAndReleasing), "a pool runs one loop at a time")
        self.loop.withLock { $0 = loop }
        generation.add(1, ordering: .sequentiallyConsistent)
        newLoop.notify()
        loop.work(as: 0)
        loopDone.wait { loop.isDone }
        isRunning.store(false, ordering: .releasing)
    }

    private func serve(as worker: Int) {
        var seen = 0
        while true {
            newLoop.wait {
                generation.load(ordering: .sequentiallyConsistent) != seen
                    || isStopping.load(ordering: .sequentiallyConsistent)
            }
            guard !isStopping.load(ordering: .sequentiallyConsistent) else { return }
            seen = generation.load(ordering: .sequentiallyConsistent)
            guard let loop = loop.withLock({ $0 }) else { continue }
            loop.work(as: worker)
            if loop.isDone { loopDone.notify() }
        }
    }
}
