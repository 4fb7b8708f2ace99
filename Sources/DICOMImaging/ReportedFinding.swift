public import Imaging

/// One finding as the report gives it.
public struct ReportedFinding: Sendable {
    public let segment: SegmentDescription
    /// Its number in the segmentation, from 1.
    public let segmentNumber: Int
    public let measurements: RegionMeasurements
    /// What the network gave, without unit and without calibration.
    public let score: Double?

    public init(
        segment: SegmentDescription, segmentNumber: Int, measurements: RegionMeasurements, score: Double?
    ) {
        self.segment = segment
        self.segmentNumber = segmentNumber
        self.measurements = measurements
        self.score = score
    }
}
