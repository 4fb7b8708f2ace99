internal import Foundation
internal import Synchronization

/// Threads of our own that share out the items of a loop: fork, join, nothing else.
///
/// What an item computes must not depend on which thread runs it or how many there are; then results are the same bit
/// for bit for every number of threads.
public final class ComputePool: Sendable {
    /// The caller's thread included.
    public let threadCount: Int
    private let crew: Crew

    /// Starts `threads - 1` threads, which end with the pool.
    public init(threads: Int) {
        precondition(threads >= 1, "a pool needs a thread")
        threadCount = threads
        crew = Crew(workers: threads - 1)
        crew.start()
    }

    deinit {
        crew.stop()
    }

    /// Calls `body(item, worker)` for every item in `0..<count` and returns when all are done.
    ///
    /// Threads take contiguous runs of items as they become free. `worker` is below `threadCount`, and no two calls
    /// with the same worker run at the same time. Not to be called from within `body` on the same pool, unless it has
    /// one thread.
    public func forEach(_ count: Int, _ body: @Sendable (_ item: Int, _ worker: Int) -> Void) {
        guard threadCount > 1, count > 1 else {
            for item in 0..<count { body(item, 0) }
            return
        }
        withoutActuallyEscaping(body) { crew.run(Job(count: count, run: max(1, count / (threadCount * 8)), body: $0)) }
    }
}

/// A loop that is being shared out.
private final class Job: Sendable {
    private let count: Int
    private let run: Int
    private let body: @Sendable (Int, Int) -> Void
    private let next = Atomic(0)

    init(count: Int, run: Int, body: @escaping @Sendable (Int, Int) -> Void) {
        self.count = count
        self.run = run
        self.body = body
    }

    /// Takes runs of items until none is left.
    func work(as worker: Int) {
        while true {
            let first = next.add(run, ordering: .relaxed).oldValue
            guard first < count else { return }
            for item in first..<min(first + run, count) { body(item, worker) }
        }
    }
}

/// The threads of a pool and what they wait for.
private final class Crew: @unchecked Sendable {
    // `condition` guards every var below.
    private let condition = NSCondition()
    private let workers: Int
    private var job: Job?
    private var generation = 0
    private var busy = 0
    private var stopping = false

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
        condition.withLock {
            stopping = true
            condition.broadcast()
        }
    }

    /// The calling thread works as worker 0.
    func run(_ job: Job) {
        condition.withLock {
            precondition(busy == 0, "a pool runs one loop at a time")
            self.job = job
            generation += 1
            busy = workers
            condition.broadcast()
        }
        job.work(as: 0)
        condition.withLock {
            while busy > 0 { condition.wait() }
            self.job = nil
        }
    }

    private func serve(as worker: Int) {
        var seen = 0
        while let generation = workNext(after: seen, as: worker) {
            seen = generation
            condition.withLock {
                busy -= 1
                if busy == 0 { condition.broadcast() }
            }
        }
    }

    /// Waits for a loop and works on it. A function of its own, so that its hold on the job ends before `busy` says so.
    private func workNext(after seen: Int, as worker: Int) -> Int? {
        condition.lock()
        while generation == seen && !stopping { condition.wait() }
        let (current, job) = (generation, stopping ? nil : job)
        condition.unlock()
        job?.work(as: worker)
        return job == nil ? nil : current
    }
}
