public import DICOMCore

/// What is known of a sender's habits.
public struct SenderRecord: Sendable, Equatable, Codable {
    public let callingAETitle: AETitle
    /// How many series in a row came whole in one association, with nothing late.
    public let wholeSeriesInARow: Int
}
