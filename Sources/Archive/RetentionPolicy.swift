/// How long files stay once nothing needs them any more. Nothing undelivered or unprocessed is ever removed.
public struct RetentionPolicy: Sendable, Equatable {
    /// Received instances and quarantined objects; nil: kept.
    public var inputsSeconds: Double?
    /// Result objects; nil: kept.
    public var resultsSeconds: Double?
    /// Above this many stored bytes the oldest go, whatever their age; nil: no limit.
    public var quotaBytes: Int64?

    public init(inputsSeconds: Double? = nil, resultsSeconds: Double? = nil, quotaBytes: Int64? = nil) {
        self.inputsSeconds = inputsSeconds
        self.resultsSeconds = resultsSeconds
        self.quotaBytes = quotaBytes
    }
}
