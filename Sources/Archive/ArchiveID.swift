/// The number of a row, typed by what the row describes, so that a series cannot be passed for a job.
public struct ArchiveID<Record>: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }

    public var description: String { String(rawValue) }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

public typealias StudyID = ArchiveID<StudyRecord>
public typealias SeriesID = ArchiveID<SeriesRecord>
public typealias InstanceID = ArchiveID<InstanceRecord>
public typealias JobID = ArchiveID<JobRecord>
public typealias DeliveryID = ArchiveID<DeliveryRecord>
