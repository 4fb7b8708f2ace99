public import DICOMCore
public import Foundation

/// An object that was kept apart.
public struct QuarantineRecord: Sendable, Equatable, Codable, Identifiable {
    public let id: ArchiveID<QuarantineRecord>
    public let reason: QuarantineReason
    public let sopInstanceUID: SOPInstanceUID?
    public let seriesInstanceUID: SeriesInstanceUID?
    public let callingAETitle: AETitle?
    public let digest: String
    public let file: URL
    public let byteCount: Int64
    public let receivedAt: Date
}
