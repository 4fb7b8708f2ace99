package import DICOMCore

/// The preamble and file meta information (PS3.10 §7.1) in front of a received data set, and of a file to be sent.
package struct FileMetaInformation: Equatable {
    /// Preamble and prefix.
    package static let prefixCount = 132
    /// File meta information of a real file is a few hundred bytes.
    package static let maximumBytes = 65_536

    package var sopClassUID: SOPClassUID
    package var sopInstanceUID: SOPInstanceUID
    package var transferSyntaxUID: TransferSyntaxUID
    /// Source Application Entity Title: who sent the object.
    package var sourceAETitle: AETitle?
    /// Receiving Application Entity Title.
    package var receivingAETitle: AETitle?

    package init(
        sopClassUID: SOPClassUID, sopInstanceUID: SOPInstanceUID, transferSyntaxUID: TransferSyntaxUID,
        sourceAETitle: AETitle? = nil, receivingAETitle: AETitle? = nil
    ) {
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
        self.transferSyntaxUID = transferSyntaxUID
        self.sourceAETitle = sourceAETitle
        self.receivingAETitle = receivingAETitle
    }

    /// Explicit VR Little Endian, as everything of group 0002.
    package func encoded() -> [UInt8] {
        var body: [UInt8] = Self.header(0x0001, "OB") + [0, 0, 2, 0, 0, 0, 0, 1]
        body += Self.element(0x0002, "UI", sopClassUID.rawValue, padding: 0)
        body += Self.element(0x0003, "UI", sopInstanceUID.rawValue, padding: 0)
        body += Self.element(0x0010, "UI", transferSyntaxUID.rawValue, padding: 0)
        body += Self.element(0x0012, "UI", Implementation.classUID, padding: 0)
        let space = UInt8(ascii: " ")
        body += Self.element(0x0013, "SH", Implementation.versionName, padding: space)
        body += sourceAETitle.map { Self.element(0x0016, "AE", $0.rawValue, padding: space) } ?? []
        body += receivingAETitle.map { Self.element(0x0018, "AE", $0.rawValue, padding: space) } ?? []
        let length = Self.header(0x0000, "UL") + [4, 0] + UInt16(body.count).littleEndianBytes + [0, 0]
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + length + body
    }

    private static func header(_ element: UInt16, _ vr: String) -> [UInt8] {
        [0x02, 0x00] + element.littleEndianBytes + Array(vr.utf8)
    }

    private static func element(_ element: UInt16, _ vr: String, _ text: String, padding: UInt8) -> [UInt8] {
        let value = text.utf8.count % 2 == 0 ? Array(text.utf8) : text.utf8 + [padding]
        return header(element, vr) + UInt16(value.count).littleEndianBytes + value
    }

    /// Reads the beginning of a Part 10 file.
    /// - Parameter bytes: at least all of group 0002, or the whole file.
    /// - Returns: the information and the offset of the data set; nil if it is not a Part 10 file, or lacks a UID.
    package static func decode(_ bytes: [UInt8]) -> (information: FileMetaInformation, dataSetOffset: Int)? {
        guard bytes.count >= prefixCount, bytes[128..<prefixCount].elementsEqual("DICM".utf8) else { return nil }
        var texts: [UInt16: String] = [:]
        var offset = prefixCount
        while offset + 8 <= bytes.count, UInt16(littleEndian: bytes, at: offset) == 0x0002 {
            guard let (start, count) = value(in: bytes, at: offset), start + count <= bytes.count else { return nil }
            let text = String(decoding: bytes[start..<start + count], as: UTF8.self)
            texts[UInt16(littleEndian: bytes, at: offset + 2)] = text
            offset = start + count
        }
        guard let sopClass = texts[0x0002].flatMap({ SOPClassUID($0) }),
            let sopInstance = texts[0x0003].flatMap({ SOPInstanceUID($0) }),
            let transferSyntax = texts[0x0010].flatMap({ TransferSyntaxUID($0) })
        else { return nil }
        let information = FileMetaInformation(
            sopClassUID: sopClass, sopInstanceUID: sopInstance, transferSyntaxUID: transferSyntax)
        return (information, offset)
    }

    /// Where the value of the explicit VR element at `offset` begins and how long it is (PS3.5 §7.1.2).
    private static func value(in bytes: [UInt8], at offset: Int) -> (start: Int, count: Int)? {
        let vr = String(decoding: bytes[offset + 4..<offset + 6], as: UTF8.self)
        guard ["OB", "UN", "OW", "UT"].contains(vr) else {
            return (offset + 8, Int(UInt16(littleEndian: bytes, at: offset + 6)))
        }
        guard offset + 12 <= bytes.count else { return nil }
        let low = UInt16(littleEndian: bytes, at: offset + 8), high = UInt16(littleEndian: bytes, at: offset + 10)
        return (offset + 12, Int(low) | Int(high) << 16)
    }
}
