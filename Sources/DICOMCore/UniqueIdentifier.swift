/// A DICOM unique identifier (PS3.5 §9.1), typed by what it identifies so that a series cannot be passed for a study.
///
/// Only well-formed values exist: 1 to 64 characters of digits and dots. Components with leading zeros are tolerated,
/// since real equipment writes them; path separators and other characters are not, since UIDs name files.
public struct UniqueIdentifier<Role>: RawRepresentable, Hashable, Comparable, Sendable, Codable,
    CustomStringConvertible
{
    public let rawValue: String

    /// - Returns: nil if `rawValue`, without the trailing NUL or space padding of PS3.5 §6.2, is not a UID.
    public init?(rawValue: String) {
        var bytes = Array(rawValue.utf8)
        while let last = bytes.last, last == 0 || last == UInt8(ascii: " ") { bytes.removeLast() }
        let isDigit = { (byte: UInt8) in byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        let dot = UInt8(ascii: ".")
        guard (1...64).contains(bytes.count),
            bytes.allSatisfy({ isDigit($0) || $0 == dot }),
            bytes.first != dot, bytes.last != dot,
            !zip(bytes, bytes.dropFirst()).contains(where: { $0 == dot && $1 == dot })
        else { return nil }
        self.rawValue = String(decoding: bytes, as: UTF8.self)
    }

    public init?(_ string: String) { self.init(rawValue: string) }

    /// A UID under the root 2.25 (PS3.5 §B.2) from 128 bits, big endian, such as the first half of a SHA-256 digest.
    public init(bits high: UInt64, _ low: UInt64) {
        rawValue = "2.25.\(UInt128(high) << 64 | UInt128(low))"
    }

    public var description: String { rawValue }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

public enum StudyRole {}
public enum SeriesRole {}
public enum SOPInstanceRole {}
public enum SOPClassRole {}
public enum TransferSyntaxRole {}
public enum FrameOfReferenceRole {}
public enum TrackingRole {}
public enum DeviceRole {}

public typealias StudyInstanceUID = UniqueIdentifier<StudyRole>
public typealias SeriesInstanceUID = UniqueIdentifier<SeriesRole>
public typealias SOPInstanceUID = UniqueIdentifier<SOPInstanceRole>
public typealias SOPClassUID = UniqueIdentifier<SOPClassRole>
public typealias TransferSyntaxUID = UniqueIdentifier<TransferSyntaxRole>
public typealias FrameOfReferenceUID = UniqueIdentifier<FrameOfReferenceRole>
public typealias TrackingUID = UniqueIdentifier<TrackingRole>
public typealias DeviceUID = UniqueIdentifier<DeviceRole>
