public import DICOMCore
public import Foundation

/// One result object on its way to one destination.
public struct DeliveryRecord: Sendable, Equatable, Codable, Identifiable {
    public enum State: String, Sendable, Codable, CaseIterable {
        case due, sending, sent
        /// Given up; shown until somebody retries it.
        case dead
    }

    public let id: DeliveryID
    public let jobID: JobID
    public let pipeline: String
    public let destination: String
    public let role: ResultObject.Role
    public let sopInstanceUID: SOPInstanceUID
    public let sopClassUID: SOPClassUID
    public let transferSyntaxUID: TransferSyntaxUID
    public let file: URL
    public let state: State
    /// Claims since it was enqueued or retried by hand: the fencing token of the delivery.
    public let attempts: Int
    public let nextAttemptAt: Date
    public let lastStatus: DIMSEStatus?
    public let lastError: String?
    public let createdAt: Date
    public let sentAt: Date?
}
