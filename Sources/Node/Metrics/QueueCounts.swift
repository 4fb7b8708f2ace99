package import Archive

/// What waits in the archive: jobs that are not at their end, and objects that are not at their destination.
package struct QueueCounts: Sendable {
    /// More are not counted: each scrape reads so many rows at most.
    static let limit = 10_000

    /// Holds every state that it counts.
    package let jobs: [JobState: Int]
    package let deliveries: [DeliveryRecord.State: Int]

    private static let jobStates = JobState.allCases.filter { !$0.isFinal }
    private static let deliveryStates = DeliveryRecord.State.allCases.filter { $0 != .sent }

    package init(jobs: [JobState], deliveries: [DeliveryRecord.State]) {
        self.jobs = Self.counts(jobs, of: Self.jobStates)
        self.deliveries = Self.counts(deliveries, of: Self.deliveryStates)
    }

    /// Blocks.
    init(_ archive: Archive) throws(ArchiveError) {
        let jobs = try archive.jobs(JobFilter(states: Self.jobStates, limit: Self.limit))
        let deliveries = try archive.deliveries(DeliveryFilter(states: Self.deliveryStates, limit: Self.limit))
        self.init(jobs: jobs.map(\.state), deliveries: deliveries.map(\.state))
    }

    private static func counts<State: Hashable>(_ found: [State], of states: [State]) -> [State: Int] {
        var counts = Dictionary(uniqueKeysWithValues: states.map { ($0, 0) })
        for state in found { counts[state, default: 0] += 1 }
        return counts
    }
}
