import Dispatch

/// Fork-join over index ranges on Dispatch's threads, never on Swift's cooperative pool.
package enum ForkJoin {
    /// Splits `0..<count` into one contiguous range per thread and returns when all are done.
    ///
    /// `body` runs on several threads at once and may write only to what its range owns.
    package static func run(count: Int, threads: Int, _ body: (Range<Int>) -> Void) {
        let parts = max(1, min(threads, count))
        guard parts > 1 else { return body(0..<count) }
        // Sound because this call outlives all calls of `body`, and their ranges are disjoint.
        nonisolated(unsafe) let body = body
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            body(count * part / parts..<count * (part + 1) / parts)
        }
    }
}
