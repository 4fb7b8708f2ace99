public import Archive
public import DICOMCore
public import DICOMImaging
public import Foundation
public import Imaging
public import Models

/// One series and how it is to be answered.
public struct SeriesInput: Sendable {
    public var files: [URL]
    /// What went in, with a digest of its bytes each.
    public var instances: [(uid: SOPInstanceUID, digest: String)]
    /// The date of everything that is written.
    public var created: Date
    /// Settings that make another result of the same series, such as the revision.
    public var parameters = ""
    /// Replaces the region of interest that the model computes.
    public var regionOfInterest: LabelMap?
    /// How much computing the series is worth.
    public var effort = Effort()
    /// Each gets its own objects.
    public var forms: [ResultForm] = [ResultForm()]
    /// The outcomes that give a report.
    public var answers = JobOutcome.answeredByDefault
    public var predecessors: [PredecessorDocument] = []

    public init(files: [URL], instances: [(uid: SOPInstanceUID, digest: String)], created: Date) {
        self.files = files
        self.instances = instances
        self.created = created
    }
}
