public import DICOMCore

/// What a segment is (PS3.3 §C.8.20.4, Segment Sequence).
public struct SegmentDescription: Hashable, Sendable {
    /// Unique within the result, at most 64 characters.
    public var label: String
    /// Segmented Property Category and Type (CID 7150, 7151 and following).
    public var category: CodedEntry
    public var type: CodedEntry
    public var typeModifier: CodedEntry?
    /// The anatomic region with its laterality.
    public var region: CodedEntry?
    public var regionModifier: CodedEntry?
    public var colour: RGBColour
    /// The same pair stands in the SEG and in the report, and joins them.
    public var trackingIdentifier: String
    public var trackingUID: TrackingUID

    public init(
        label: String, category: CodedEntry, type: CodedEntry, colour: RGBColour, trackingIdentifier: String,
        trackingUID: TrackingUID
    ) {
        self.label = label
        self.category = category
        self.type = type
        self.colour = colour
        self.trackingIdentifier = trackingIdentifier
        self.trackingUID = trackingUID
    }
}
