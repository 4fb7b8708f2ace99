internal import Synchronization

/// A loop that is being shared out among the threads of a `ComputePool`.
final class ComputeLoop: @unchecked Sendable {
    // Unchecked: the pointer never changes, and what it points to is Sendable.
    typealias Body = @Sendable (Int, Int) -> Void

    private let count: Int
    private let run: Int
    /// Valid until all items are done; nobody who has no item looks at it.
    private let body: UnsafePointer<Body>
    private let next = Atomic(0)
    private let done = Atomic(0)

    init(count: Int, run: Int, body: UnsafePointer<Body>) {
        self.count = count
        self.run = run
        self.body = body
    }

    /// Whether all items are done and what they wrote can be seen.
    var isDone: Bool { done.load(ordering: .sequentiallyConsistent) == count }

    /// Takes runs of items until none is left.
    func work(as worker: Int) {
        while true {
            let first = next.add(run, ordering: .relaxed).oldValue
            guard first < count else { return }
            let items = first..<min(first + run, count)
            perform(items, as: worker)
            done.add(items.count, ordering: .sequentiallyConsistent)
        }
    }

    /// A function of its own, so that its hold on the body ends before `done` says so.
    @inline(never)
    private func perform(_ items: Range<Int>, as worker: Int) {
        let body = body.pointee
        for item in items { body(item, worker) }
    }
}
