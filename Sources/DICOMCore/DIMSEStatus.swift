/// The status of a DIMSE response (PS3.7 Annex C; PS3.4 §B.2.3 for C-STORE).
public struct DIMSEStatus: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let success = DIMSEStatus(rawValue: 0x0000)
    /// Processing failure (PS3.7 §C.5.10): our own fault; the sender may try again.
    public static let processingFailure = DIMSEStatus(rawValue: 0x0110)
    /// The SOP Instance UID breaks the rules for UIDs (PS3.7 §C.5.6).
    public static let invalidSOPInstance = DIMSEStatus(rawValue: 0x0117)
    public static let notAuthorized = DIMSEStatus(rawValue: 0x0124)
    public static let sopClassNotSupported = DIMSEStatus(rawValue: 0x0122)
    public static let unrecognizedOperation = DIMSEStatus(rawValue: 0x0211)
    public static let outOfResources = DIMSEStatus(rawValue: 0xA700)
    public static let dataSetDoesNotMatchSOPClass = DIMSEStatus(rawValue: 0xA900)
    public static let cannotUnderstand = DIMSEStatus(rawValue: 0xC000)

    public var isSuccess: Bool { rawValue == 0 }

    /// A warning means that the peer has the object (PS3.4 §B.2.3: 0xB000, 0xB006, 0xB007; PS3.7 §C.4).
    public var isWarning: Bool { rawValue & 0xF000 == 0xB000 || [0x0001, 0x0107, 0x0116].contains(rawValue) }

    public var description: String {
        let digits = String(rawValue, radix: 16, uppercase: true)
        return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
