public import DICOMCore
public import Foundation

/// A study, as the first of its instances described it.
public struct StudyRecord: Sendable, Equatable, Codable, Identifiable {
    public let id: StudyID
    public let studyInstanceUID: StudyInstanceUID
    public let patientID: String?
    public let accessionNumber: String?
    public let studyDate: String?
    public let studyDescription: String?
    public let firstReceivedAt: Date
    public let lastReceivedAt: Date
    public let seriesCount: Int
    public let instanceCount: Int
    public let byteCount: Int64
}
