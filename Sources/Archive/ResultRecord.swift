public import DICOMCore
public import Foundation

/// A result object of a job.
public struct ResultRecord: Sendable, Equatable, Codable, Identifiable {
    public let id: ArchiveID<ResultRecord>
    public let jobID: JobID
    /// Which of the job's answers it belongs to.
    public let answer: Int
    public let role: ResultObject.Role
    public let sopInstanceUID: SOPInstanceUID
    public let sopClassUID: SOPClassUID
    public let seriesInstanceUID: SeriesInstanceUID
    public let studyInstanceUID: StudyInstanceUID
    public let digest: String
    public let file: URL
    /// False once retention has removed the file.
    public let isStored: Bool
}
