public import Foundation

/// One line of the history of a series or a job. Rows are only ever added.
public struct EventRecord: Sendable, Equatable, Codable, Identifiable {
    public let id: ArchiveID<EventRecord>
    public let at: Date
    public let seriesID: SeriesID?
    public let jobID: JobID?
    /// A `JobEvent`, or what else there is to tell: `opened`, `reopened`, `closed`, `sent`, ...
    public let kind: String
    public let detail: String?
}
