public import DICOMCore
public import Foundation

/// A stored instance.
public struct InstanceRecord: Sendable, Equatable, Codable, Identifiable {
    public enum State: String, Sendable, Codable, CaseIterable {
        case stored
        /// The row is there, the file is not.
        case missing
        /// Retention is at work on it.
        case removing
    }

    public let id: InstanceID
    public let seriesID: SeriesID
    public let sopInstanceUID: SOPInstanceUID
    public let sopClassUID: SOPClassUID
    public let transferSyntaxUID: TransferSyntaxUID
    /// SHA-256 of the data set in hexadecimal digits.
    public let digest: String
    public let file: URL
    public let byteCount: Int64
    public let receivedAt: Date
    public let callingAETitle: AETitle
    public let associationID: String
    public let instanceNumber: Int?
    public let isOwnResult: Bool
    public let state: State
    public let attributes: InstanceAttributes
}
