/// Measures the steps of a run.
package struct StepClock {
    package private(set) var timings: [StepTiming] = []
    private let start = ContinuousClock.now

    package init() {}

    /// Since the clock was made.
    var elapsedSeconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// A step that runs again is one step that takes longer.
    mutating func add(_ step: String, _ seconds: Double) {
        if let index = timings.firstIndex(where: { $0.step == step }) {
            timings[index].seconds += seconds
        } else {
            timings.append(StepTiming(step: step, seconds: seconds))
        }
    }

    package mutating func measure<Result, Failure: Error>(
        _ step: String, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let start = ContinuousClock.now
        let result = try body()
        add(step, (ContinuousClock.now - start) / .seconds(1))
        return result
    }
}
