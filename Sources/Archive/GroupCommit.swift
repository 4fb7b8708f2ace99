import Foundation

/// Lets many threads share one commit: what arrives while a commit is under way goes into the next one together.
///
/// There is no thread of its own: the first caller that finds nobody committing commits for all that wait.
final class GroupCommit<Item: Sendable, Outcome: Sendable>: @unchecked Sendable {
    // `condition` guards `waiting` and `isCommitting`, and the outcomes of the tickets.
    private let condition = NSCondition()
    private var waiting: [Ticket] = []
    private var isCommitting = false
    private let commit: @Sendable ([Item]) -> [Outcome]

    private final class Ticket {
        let item: Item
        var outcome: Outcome?
        init(_ item: Item) { self.item = item }
    }

    /// - Parameter commit: never called by two threads at once; gives one outcome per item, in order
    init(commit: @escaping @Sendable ([Item]) -> [Outcome]) { self.commit = commit }

    /// Blocks until the item's batch has been committed.
    func submit(_ item: Item) -> Outcome {
        let ticket = Ticket(item)
        condition.lock()
        defer { condition.unlock() }
        waiting.append(ticket)
        while true {
            if let outcome = ticket.outcome { return outcome }
            if isCommitting { condition.wait() } else { lead() }
        }
    }

    /// Commits all that wait. Called and left with the lock held, which is free meanwhile.
    private func lead() {
        isCommitting = true
        let batch = waiting
        waiting = []
        condition.unlock()
        let outcomes = commit(batch.map(\.item))
        precondition(outcomes.count == batch.count, "one outcome per item")
        condition.lock()
        for (ticket, outcome) in zip(batch, outcomes) { ticket.outcome = outcome }
        isCommitting = false
        condition.broadcast()
    }
}
