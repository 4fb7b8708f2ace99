public import DICOMCore
public import Foundation

/// A received series, as results refer to it.
public struct SourceSeries: Sendable {
    /// One of its files, whose patient and study attributes the results copy.
    public let headerFile: URL
    public let studyInstanceUID: StudyInstanceUID
    public let seriesInstanceUID: SeriesInstanceUID
    public let frameOfReferenceUID: FrameOfReferenceUID?
    /// Modality (0008,0060), such as `CT`.
    public let modality: String
    /// In the order of the slices where the series was assembled, otherwise in the order of the files; each once.
    public let instances: [SourceInstance]
    /// Whether any image has been compressed with loss.
    public let isLossy: Bool
}

/// One SOP instance of a received series.
public struct SourceInstance: Hashable, Sendable {
    public let sopClassUID: SOPClassUID
    public let sopInstanceUID: SOPInstanceUID

    public init(sopClassUID: SOPClassUID, sopInstanceUID: SOPInstanceUID) {
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
    }
}
