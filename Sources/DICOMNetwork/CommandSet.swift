/// The command set of a DIMSE message (PS3.7 §6.3): elements of group 0000 in Implicit VR Little Endian.
package struct CommandSet: Equatable {
    /// The element numbers of PS3.7 Annex E that this node reads or writes.
    package enum Element: UInt16 {
        case groupLength = 0x0000
        case affectedSOPClassUID = 0x0002
        case commandField = 0x0100
        case messageID = 0x0110
        case messageIDBeingRespondedTo = 0x0120
        case priority = 0x0700
        case dataSetType = 0x0800
        case status = 0x0900
        case errorComment = 0x0902
        case affectedSOPInstanceUID = 0x1000
    }

    /// No command of PS3.7 comes near this.
    package static let maximumBytes = 65_536

    private var values: [UInt16: [UInt8]] = [:]

    package init() {}

    /// - Returns: nil if `bytes` is not a sequence of whole elements of group 0000.
    package init?(decoding bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= 8 else { return nil }
            let head = Array(rest.prefix(8))
            let group = UInt16(littleEndian: head, at: 0)
            let length = Int(UInt16(littleEndian: head, at: 4)) | Int(UInt16(littleEndian: head, at: 6)) << 16
            rest = rest.dropFirst(8)
            guard group == 0, length <= rest.count else { return nil }
            values[UInt16(littleEndian: head, at: 2)] = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
    }

    /// The encoded elements in ascending order, with the group length first.
    package func encoded() -> [UInt8] {
        var body: [UInt8] = []
        for (element, value) in values.sorted(by: { $0.key < $1.key }) where element != 0 {
            Self.append(element, value, to: &body)
        }
        var whole: [UInt8] = []
        Self.append(0, UInt16(body.count).littleEndianBytes + [0, 0], to: &whole)
        return whole + body
    }

    private static func append(_ element: UInt16, _ value: [UInt8], to bytes: inout [UInt8]) {
        bytes += [0, 0] + element.littleEndianBytes + UInt16(value.count).littleEndianBytes + [0, 0] + value
    }

    /// Takes the bytes of an element over as they are; nothing, if `other` lacks it.
    package mutating func copy(_ element: Element, from other: CommandSet) {
        values[element.rawValue] = other.values[element.rawValue]
    }

    /// A value of VR US.
    package subscript(number element: Element) -> UInt16? {
        get { values[element.rawValue].flatMap { $0.count >= 2 ? UInt16(littleEndian: $0, at: 0) : nil } }
        set { values[element.rawValue] = newValue?.littleEndianBytes }
    }

    /// A value of VR UI, with its padding when read, padded to even length when written.
    package subscript(uid element: Element) -> String? {
        get { values[element.rawValue].map { String(decoding: $0, as: UTF8.self) } }
        set { values[element.rawValue] = newValue.map { $0.utf8.count % 2 == 0 ? Array($0.utf8) : $0.utf8 + [0] } }
    }

    /// Error Comment (PS3.7 §C.4), of VR LO.
    package var errorComment: String? {
        values[Element.errorComment.rawValue].map { bytes in
            String(decoding: bytes.filter { (0x20..<0x7F).contains($0) }, as: UTF8.self)
        }
    }
}

extension UInt16 {
    init(littleEndian bytes: [UInt8], at offset: Int) {
        self = UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    }

    var littleEndianBytes: [UInt8] { [UInt8(truncatingIfNeeded: self), UInt8(truncatingIfNeeded: self >> 8)] }
}
