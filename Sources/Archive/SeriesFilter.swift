public import DICOMCore
public import Foundation

/// Which series to list, newest first.
public struct SeriesFilter: Sendable {
    public var study: StudyID?
    public var seriesInstanceUID: SeriesInstanceUID?
    public var state: SeriesRecord.State?
    public var callingAETitle: AETitle?
    public var since: Date?
    public var limit: Int

    public init(
        study: StudyID? = nil, seriesInstanceUID: SeriesInstanceUID? = nil, state: SeriesRecord.State? = nil,
        callingAETitle: AETitle? = nil, since: Date? = nil, limit: Int = 100
    ) {
        self.study = study
        self.seriesInstanceUID = seriesInstanceUID
        self.state = state
        self.callingAETitle = callingAETitle
        self.since = since
        self.limit = limit
    }
}
