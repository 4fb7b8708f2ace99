import Synchronization

/// What a running node reads again on SIGHUP: pipelines, destinations, and which senders deliver whole series.
public struct WorkflowRules: Sendable {
    public var pipelines: [PipelineRule] = []
    public var destinations: [Destination] = []
    /// Calling AE titles of senders that are configured to deliver a series in one association.
    public var wholeSeriesSenders: Set<String> = []

    public init() {}

    func pipeline(named name: String) -> PipelineRule? { pipelines.first { $0.name == name } }

    func destination(named name: String) -> Destination? { destinations.first { $0.name == name } }
}

/// The rules in force, shared by the runners.
public final class CurrentRules: Sendable {
    private let rules: Mutex<WorkflowRules>

    public init(_ rules: WorkflowRules) { self.rules = Mutex(rules) }

    public var value: WorkflowRules { rules.withLock(\.self) }

    public func replace(with rules: WorkflowRules) { self.rules.withLock { $0 = rules } }
}
