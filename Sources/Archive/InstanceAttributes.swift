public import DICOMCore

/// What the archive knows of one instance's header, named by the keywords of PS3.6.
///
/// The identifiers and what is searched for become columns; the whole is kept as JSON beside them.
public struct InstanceAttributes: Sendable, Equatable, Codable {
    public let sopInstanceUID: SOPInstanceUID
    public let sopClassUID: SOPClassUID
    public let seriesInstanceUID: SeriesInstanceUID
    public let studyInstanceUID: StudyInstanceUID
    public let transferSyntaxUID: TransferSyntaxUID
    /// One of our own results, or derived from one: stored, never processed.
    public var isOwnResult = false

    public var patientID: String?
    public var accessionNumber: String?
    public var studyDate: String?
    public var studyDescription: String?

    public var modality: String?
    public var bodyPartExamined: String?
    public var seriesDescription: String?
    public var protocolName: String?
    public var seriesNumber: Int?
    public var frameOfReferenceUID: FrameOfReferenceUID?
    public var manufacturer: String?

    public var instanceNumber: Int?
    public var imageType: [String]?
    public var rows: Int?
    public var columns: Int?
    public var numberOfFrames: Int?
    /// x, y, z in mm, LPS (PS3.3 §C.7.6.2).
    public var imagePositionPatient: [Double]?
    /// Row and column direction cosines (PS3.3 §C.7.6.2).
    public var imageOrientationPatient: [Double]?
    /// Row spacing, column spacing in mm (PS3.3 §10.7.1.3).
    public var pixelSpacing: [Double]?
    /// In mm.
    public var sliceThickness: Double?
    public var convolutionKernel: String?
    public var acquisitionNumber: Int?
    public var imagesInAcquisition: Int?
    public var temporalPositionIndex: Int?
    public var echoNumber: Int?

    public init(
        sopInstanceUID: SOPInstanceUID, sopClassUID: SOPClassUID, seriesInstanceUID: SeriesInstanceUID,
        studyInstanceUID: StudyInstanceUID, transferSyntaxUID: TransferSyntaxUID
    ) {
        self.sopInstanceUID = sopInstanceUID
        self.sopClassUID = sopClassUID
        self.seriesInstanceUID = seriesInstanceUID
        self.studyInstanceUID = studyInstanceUID
        self.transferSyntaxUID = transferSyntaxUID
    }
}
