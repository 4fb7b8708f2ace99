internal import Synchronization

/// Threads of our own that share out the items of a loop: fork, join, nothing else.
///
/// What an item computes must not depend on which thread runs it or how many there are; then results are the same bit
/// for bit for every number of threads. Between the loops of a run the threads stay awake for about a millisecond; a
/// pool that nobody uses sleeps.
public final class ComputePool: Sendable {
    /// The caller's thread included.
    public let threadCount: Int
    private let crew: ComputeCrew

    /// Starts `threads - 1` threads, which end with the pool.
    public init(threads: Int) {
        precondition(threads >= 1, "a pool needs a thread")
        threadCount = threads
        crew = ComputeCrew(workers: threads - 1)
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
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { body in
                crew.run(ComputeLoop(count: count, run: max(1, count / (threadCount * 8)), body: body))
            }
        }
    }
}
