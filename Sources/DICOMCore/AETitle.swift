/// An application entity title (PS3.5 §6.2, VR AE): 1 to 16 characters, outer spaces not significant.
public struct AETitle: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    public let rawValue: String

    /// - Returns: nil for an empty title, more than 16 characters, control characters, a backslash, or non-ASCII.
    public init?(rawValue: String) {
        let space = UInt8(ascii: " ")
        let trimmed = Array(Array(rawValue.utf8).drop { $0 == space }.reversed().drop { $0 == space }.reversed())
        guard (1...16).contains(trimmed.count),
            trimmed.allSatisfy({ $0 >= space && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return nil }
        self.rawValue = String(decoding: trimmed, as: UTF8.self)
    }

    public init?(_ string: String) { self.init(rawValue: string) }

    public var description: String { rawValue }
}
