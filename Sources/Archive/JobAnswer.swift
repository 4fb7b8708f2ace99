public import DICOMCore

/// What a worker found out, with the objects that say so.
public struct JobAnswer: Sendable {
    public var outcome: JobOutcome
    public var reason: String?
    public var chosenSeries: SeriesInstanceUID?
    /// JSON of the workflow's own making, shown as it is.
    public var findingsJSON: String?
    public var timingsJSON: String?
    /// In the order in which they are to be sent (an SR after the SEG that it references).
    public var objects: [ResultObject]
    /// Names of the destinations that get every object.
    public var destinations: [String]

    public init(
        outcome: JobOutcome, reason: String? = nil, objects: [ResultObject] = [], destinations: [String] = []
    ) {
        self.outcome = outcome
        self.reason = reason
        self.objects = objects
        self.destinations = destinations
    }
}
