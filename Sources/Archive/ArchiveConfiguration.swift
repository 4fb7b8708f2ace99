/// What an administrator may set about the archive. All of it may change while the archive is open.
public struct ArchiveConfiguration: Sendable, Equatable {
    public var watermarks: Watermarks
    public var completeness: CompletenessPeriods
    /// Retries of jobs that failed for a reason that may pass.
    public var jobRetry: RetryPolicy
    /// Retries of objects that a destination refused for a reason that may pass, and of whole destinations.
    public var deliveryRetry: RetryPolicy
    /// After how long an unreachable destination's objects become dead letters.
    public var deliveryGiveUpSeconds: Double
    public var retention: RetentionPolicy

    public init(
        watermarks: Watermarks = Watermarks(),
        completeness: CompletenessPeriods = CompletenessPeriods(),
        jobRetry: RetryPolicy = RetryPolicy(maximumAttempts: 3, firstDelaySeconds: 10),
        deliveryRetry: RetryPolicy = RetryPolicy(maximumAttempts: 10, firstDelaySeconds: 5),
        deliveryGiveUpSeconds: Double = 3 * 86_400,
        retention: RetentionPolicy = RetentionPolicy()
    ) {
        self.watermarks = watermarks
        self.completeness = completeness
        self.jobRetry = jobRetry
        self.deliveryRetry = deliveryRetry
        self.deliveryGiveUpSeconds = deliveryGiveUpSeconds
        self.retention = retention
    }
}
