/// Measures the steps of a run.
package struct StepClock {
    package private(set) var timings: [StepTiming] = []
    private let start = ContinuousClock.now

    package init() {}

    /// Since the clock was made.
    var elapsedSeconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    package mutating func measure<Result, Failure: Error>(
        _ step: String, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let start = ContinuousClock.now
        let result = try body()
        let elapsed = ContinuousClock.now - start
        timings.append(StepTiming(step: step, seconds: elapsed / .seconds(1)))
        return result
    }
}
