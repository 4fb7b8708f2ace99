/// How long the steps of a run took, in their order.
struct StepTimer {
    private(set) var steps: [StepDuration] = []

    mutating func time<Result, Failure: Error>(
        _ step: String, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let start = ContinuousClock.now
        defer { add(step, (ContinuousClock.now - start).seconds) }
        return try body()
    }

    mutating func add(_ step: String, _ seconds: Double) { steps.append(StepDuration(step: step, seconds: seconds)) }
}

/// A step of a run and how long it took.
public struct StepDuration: Sendable, Hashable {
    public let step: String
    public let seconds: Double

    public init(step: String, seconds: Double) {
        self.step = step
        self.seconds = seconds
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
