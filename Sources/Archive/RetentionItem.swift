public import Foundation

/// One thing that retention removes as a whole.
public struct RetentionItem: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable {
        /// The instances of a series.
        case input
        /// The result objects of a job.
        case result
        /// A quarantined object.
        case quarantined
    }

    public enum Cause: String, Sendable, Codable {
        case age, quota
    }

    public let kind: Kind
    /// The row's number: of the series, the job or the quarantined object.
    public let id: Int64
    public let instanceCount: Int
    public let byteCount: Int64
    /// Since when nothing needs it any more.
    public let settledAt: Date
    public internal(set) var cause: Cause
}

/// What a run of retention did.
public struct RetentionReport: Sendable, Equatable, Codable {
    public internal(set) var removedItems = 0
    public internal(set) var removedInstances = 0
    public internal(set) var removedBytes: Int64 = 0

    public init() {}
}
