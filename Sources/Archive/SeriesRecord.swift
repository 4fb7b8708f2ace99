public import DICOMCore
public import Foundation

/// A series and how far it has come.
public struct SeriesRecord: Sendable, Equatable, Codable, Identifiable {
    public enum State: String, Sendable, Codable, CaseIterable {
        /// Instances are still expected.
        case open
        /// Taken for complete; a late instance opens it again as the next revision.
        case closed
    }

    public let id: SeriesID
    public let studyID: StudyID
    public let seriesInstanceUID: SeriesInstanceUID
    public let studyInstanceUID: StudyInstanceUID
    public let patientID: String?
    public let modality: String?
    public let bodyPartExamined: String?
    public let seriesDescription: String?
    public let studyDescription: String?
    public let seriesNumber: Int?
    public let frameOfReferenceUID: FrameOfReferenceUID?
    /// Who sent the first instance.
    public let callingAETitle: AETitle
    public let lastAssociationID: String
    public let associationCount: Int
    public let state: State
    public let revision: Int
    /// Why it was closed.
    public let reason: String?
    public let instanceCount: Int
    public let byteCount: Int64
    public let isOwnResult: Bool
    /// Keywords of the identifying attributes that differ within the series; nil: none do.
    public let identityConflict: String?
    public let firstInstanceAt: Date
    public let lastInstanceAt: Date
    /// The end of the quiet period.
    public let quietAt: Date
    public let deadlineAt: Date
    public let closedAt: Date?
}
