public import DICOMCore

/// Where an application entity is reached.
public struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    public let aeTitle: AETitle
    public let host: String
    public let port: UInt16

    public init(aeTitle: AETitle, host: String, port: UInt16) {
        self.aeTitle = aeTitle
        self.host = host
        self.port = port
    }

    /// Reads `AET@HOST:PORT`.
    /// - Returns: nil if a part is missing or impossible.
    public init?(_ text: String) {
        guard let at = text.lastIndex(of: "@"), let colon = text.lastIndex(of: ":"), at < colon,
            let title = AETitle(String(text[..<at])), let port = UInt16(text[text.index(after: colon)...]), port > 0
        else { return nil }
        let host = text[text.index(after: at)..<colon]
        guard !host.isEmpty, host.allSatisfy({ !$0.isWhitespace && $0 != ":" }) else { return nil }
        self.init(aeTitle: title, host: String(host), port: port)
    }

    public var description: String { "\(aeTitle)@\(host):\(port)" }
}
