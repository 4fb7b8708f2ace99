/// Bounded retries with exponential backoff.
public struct RetryPolicy: Sendable, Equatable {
    public var maximumAttempts: Int
    public var firstDelaySeconds: Double
    public var factor: Double
    public var maximumDelaySeconds: Double

    public init(
        maximumAttempts: Int, firstDelaySeconds: Double, factor: Double = 2, maximumDelaySeconds: Double = 3600
    ) {
        self.maximumAttempts = maximumAttempts
        self.firstDelaySeconds = firstDelaySeconds
        self.factor = factor
        self.maximumDelaySeconds = maximumDelaySeconds
    }

    /// The wait after the given number of attempts (1...) has failed: first, first * factor, ... up to the maximum.
    public func delaySeconds(afterAttempts attempts: Int) -> Double {
        var delay = firstDelaySeconds
        for _ in 1..<max(attempts, 1) where delay < maximumDelaySeconds { delay *= factor }
        return min(delay, maximumDelaySeconds)
    }
}
