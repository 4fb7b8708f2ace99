/// What start-up found and put right.
public struct RecoveryReport: Sendable, Equatable, Codable {
    /// Spool files of receptions that were never acknowledged: removed.
    public internal(set) var removedSpoolFiles = 0
    /// Files without a row: moved into quarantine.
    public internal(set) var quarantinedOrphans = 0
    /// Rows without a file: marked, and listed by `Archive.missingInstances(limit:)`.
    public internal(set) var missingFiles = 0
    /// Removals by retention that a crash had interrupted: finished.
    public internal(set) var finishedRemovals = 0
    /// Jobs that were running: ready again.
    public internal(set) var releasedJobs = 0
    /// Deliveries that were under way: due again.
    public internal(set) var releasedDeliveries = 0

    public init() {}
}
