public import DICOMCore
public import Foundation

/// Why a series is not processed by a pipeline.
public struct NotApplicable: Sendable, Equatable {
    public let reason: String
    /// The series that is processed instead, if there is one.
    public let chosen: SeriesInstanceUID?

    public init(reason: String, chosen: SeriesInstanceUID? = nil) {
        self.reason = reason
        self.chosen = chosen
    }
}

/// A job to be put into the queue.
public struct JobRequest: Sendable, Equatable {
    public enum Start: Sendable, Equatable {
        case now
        case at(Date)
        /// When `Archive.decide` names it.
        case onDecision
        /// Never: the row is born done, so that the queue shows why.
        case never(NotApplicable)
    }

    public var pipeline: String
    public var series: SeriesID
    public var seriesRevision: Int
    public var modelName: String
    public var modelDigest: String
    public var priority: Int
    public var start: Start

    public init(
        pipeline: String, series: SeriesRecord, modelName: String, modelDigest: String, priority: Int = 0,
        start: Start = .now
    ) {
        self.pipeline = pipeline
        self.series = series.id
        self.seriesRevision = series.revision
        self.modelName = modelName
        self.modelDigest = modelDigest
        self.priority = priority
        self.start = start
    }
}
