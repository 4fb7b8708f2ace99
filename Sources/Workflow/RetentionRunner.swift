public import Archive

/// Removes what the retention policy lets go.
public struct RetentionRunner: Sendable {
    private let archive: Archive
    private let record: WorkflowEventHandler

    /// Series and results per pass, so that a stop need not wait.
    private static let batchSize = 20

    public init(archive: Archive, record: @escaping WorkflowEventHandler) {
        self.archive = archive
        self.record = record
    }

    /// - Returns: whether there may be more at once.
    public func pass() -> Bool {
        do {
            let report = try archive.executeRetention(limit: Self.batchSize)
            guard report.removedItems > 0 else { return false }
            record(.retained(removed: report.removedInstances, freedBytes: report.removedBytes))
            return report.removedItems >= Self.batchSize
        } catch {
            record(.archiveFailed(error, during: "retention"))
            return false
        }
    }
}
