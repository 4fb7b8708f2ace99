public import DICOMCore
public import Foundation

/// What all objects of one result set share.
public struct ResultContext: Sendable {
    public let source: SourceSeries
    public let identity: ResultIdentity
    public let equipment: Equipment
    public let algorithm: AlgorithmDescription
    /// Content, series and instance creation date: that of the job, so that the same job gives the same bytes.
    public let created: Date
    public var timeZone: TimeZone
    /// The reports and segmentations that this result set replaces.
    public var predecessors: [PredecessorDocument]

    public init(
        source: SourceSeries, identity: ResultIdentity, equipment: Equipment, algorithm: AlgorithmDescription,
        created: Date, timeZone: TimeZone = .current
    ) {
        self.source = source
        self.identity = identity
        self.equipment = equipment
        self.algorithm = algorithm
        self.created = created
        self.timeZone = timeZone
        predecessors = []
    }
}

/// The device that makes the results (PS3.3 §C.7.5.2).
public struct Equipment: Hashable, Sendable {
    public let manufacturer: String
    public let modelName: String
    public let deviceSerialNumber: String
    public let softwareVersions: String
    public let deviceUID: DeviceUID

    public init(
        manufacturer: String, modelName: String, deviceSerialNumber: String, softwareVersions: String,
        deviceUID: DeviceUID
    ) {
        self.manufacturer = manufacturer
        self.modelName = modelName
        self.deviceSerialNumber = deviceSerialNumber
        self.softwareVersions = softwareVersions
        self.deviceUID = deviceUID
    }
}

/// The algorithm behind a result (PS3.16 TID 4019; PS3.3 §10.16).
public struct AlgorithmDescription: Hashable, Sendable {
    public let name: String
    public let version: String
    /// From CID 7162.
    public let family: CodedEntry
    public let parameters: [String]

    public init(
        name: String, version: String, family: CodedEntry = CodedEntry("123110", "DCM", "Artificial Intelligence"),
        parameters: [String] = []
    ) {
        self.name = name
        self.version = version
        self.family = family
        self.parameters = parameters
    }
}

/// An earlier report that a new one replaces (PS3.3 §C.17.2, Predecessor Documents Sequence).
public struct PredecessorDocument: Hashable, Sendable {
    public let studyInstanceUID: StudyInstanceUID
    public let seriesInstanceUID: SeriesInstanceUID
    public let instance: SourceInstance

    public init(
        studyInstanceUID: StudyInstanceUID, seriesInstanceUID: SeriesInstanceUID, instance: SourceInstance
    ) {
        self.studyInstanceUID = studyInstanceUID
        self.seriesInstanceUID = seriesInstanceUID
        self.instance = instance
    }
}

/// A file that was written, read again and found right.
public struct WrittenObject: Hashable, Sendable, Codable {
    public let url: URL
    public let sopClassUID: SOPClassUID
    public let sopInstanceUID: SOPInstanceUID
    public let seriesInstanceUID: SeriesInstanceUID
}
