public import Archive
public import DICOMCore
public import DICOMImaging
public import Models

/// What came of a series.
public struct SeriesResult: Sendable {
    public var outcome: JobOutcome
    /// Why the outcome is what it is, or what was noticed on the way; no patient data.
    public var reason: String?
    public var seriesInstanceUID: SeriesInstanceUID?
    public var findings: [FindingSummary] = []
    public var outputs: [Output] = []
    public var timings: [StepDuration] = []
    /// Which blocks of the network were computed; of AutoPath alone.
    public var blockUsage: BlockUsage?
    /// The failure may pass: worth another attempt.
    public var isTransient = false

    /// A written object and the form of destinations that it is for.
    public struct Output: Sendable, Hashable {
        public let role: ResultObject.Role
        public let form: ResultForm
        public let object: WrittenObject
    }
}
