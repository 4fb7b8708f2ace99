import DICOMCore
import DICOMNetwork
import Foundation

/// A small CT instance in Explicit VR Little Endian: UIDs and pixel data, nothing else.
struct TestObject {
    let sopInstanceUID: SOPInstanceUID
    let dataSet: [UInt8]
    private let sopClassUID: SOPClassUID

    init(_ number: Int, sopClassUID: SOPClassUID = .ctImageStorage, rows: Int = 16) {
        self.sopClassUID = sopClassUID
        sopInstanceUID = SOPInstanceUID("2.25.4711.\(number)")!
        let pixels = (0..<rows * rows * 2).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
        dataSet =
            Self.short(0x0008, 0x0016, "UI", Self.padded(sopClassUID.rawValue))
            + Self.short(0x0008, 0x0018, "UI", Self.padded(sopInstanceUID.rawValue))
            + Self.short(0x0020, 0x000D, "UI", Self.padded("2.25.4712"))
            + Self.short(0x0028, 0x0010, "US", [UInt8(rows & 0xFF), UInt8(rows >> 8)])
            + [0xE0, 0x7F, 0x10, 0x00] + Array("OW".utf8) + [0, 0]
            + UInt32(pixels.count).bigEndianBytes.reversed() + pixels
    }

    /// Writes a Part 10 file into the folder.
    func write(to folder: URL) throws -> StoredObject {
        let information = FileMetaInformation(
            sopClassUID: sopClassUID, sopInstanceUID: sopInstanceUID,
            transferSyntaxUID: TransferSyntax.explicitVRLittleEndian.uid)
        let file = folder.appending(path: "\(sopInstanceUID).dcm")
        try Data(information.encoded() + dataSet).write(to: file)
        return try StoredObject.read(file)
    }

    /// C-STORE-RQ for this object, as command set bytes.
    func command(affectedSOPInstanceUID: String? = nil, messageID: UInt16 = 1) -> [UInt8] {
        var command = CommandSet()
        command[uid: .affectedSOPClassUID] = sopClassUID.rawValue
        command[number: .commandField] = 0x0001
        command[number: .messageID] = messageID
        command[number: .priority] = 0
        command[number: .dataSetType] = 1
        command[uid: .affectedSOPInstanceUID] = affectedSOPInstanceUID ?? sopInstanceUID.rawValue
        return command.encoded()
    }

    private static func short(_ group: UInt16, _ element: UInt16, _ vr: String, _ value: [UInt8]) -> [UInt8] {
        [group, element].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
            + Array(vr.utf8) + [UInt8(value.count & 0xFF), UInt8(value.count >> 8)] + value
    }

    private static func padded(_ uid: String) -> [UInt8] { uid.utf8.count % 2 == 0 ? Array(uid.utf8) : uid.utf8 + [0] }
}
