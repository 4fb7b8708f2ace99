public import DICOMCore
public import Foundation

/// Which studies to list, newest first.
public struct StudyFilter: Sendable {
    public var since: Date?
    public var callingAETitle: AETitle?
    public var limit: Int

    public init(since: Date? = nil, callingAETitle: AETitle? = nil, limit: Int = 100) {
        self.since = since
        self.callingAETitle = callingAETitle
        self.limit = limit
    }
}
