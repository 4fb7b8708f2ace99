public import DICOMCore
public import Foundation

/// Which jobs to list, newest first.
public struct JobFilter: Sendable {
    public var states: [JobState]
    public var pipeline: String?
    public var series: SeriesID?
    public var callingAETitle: AETitle?
    public var since: Date?
    public var limit: Int

    public init(
        states: [JobState] = [], pipeline: String? = nil, series: SeriesID? = nil, callingAETitle: AETitle? = nil,
        since: Date? = nil, limit: Int = 100
    ) {
        self.states = states
        self.pipeline = pipeline
        self.series = series
        self.callingAETitle = callingAETitle
        self.since = since
        self.limit = limit
    }
}
