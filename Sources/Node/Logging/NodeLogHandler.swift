import Foundation
public import Logging

/// Log lines on stderr: text for people, or one JSON object per line.
public struct NodeLogHandler: LogHandler {
    public enum Format: String, Sendable, CaseIterable { case text, json }

    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let format: Format
    private let write: @Sendable (String) -> Void

    public init(level: Logger.Level, format: Format) {
        self.init(level: level, format: format, write: { FileHandle.standardError.write(Data($0.utf8)) })
    }

    /// - Parameter write: takes each line with its newline.
    package init(level: Logger.Level, format: Format, write: @escaping @Sendable (String) -> Void) {
        logLevel = level
        self.format = format
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let provided = metadataProvider?.get() ?? [:]
        let details = metadata.merging(provided) { $1 }.merging(event.metadata ?? [:]) { $1 }
        let fields = details.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        write(format == .json ? Self.json(event, fields) : Self.text(event, fields))
    }

    private static func text(_ event: LogEvent, _ fields: [(String, String)]) -> String {
        let level = event.level.rawValue.uppercased().padding(toLength: 8, withPad: " ", startingAt: 0)
        let details = fields.map { " \($0.0)=\($0.1)" }.joined()
        return "\(timestamp()) \(level) \(singleLine("\(event.message)\(details)"))\n"
    }

    private static func json(_ event: LogEvent, _ fields: [(String, String)]) -> String {
        var object = Dictionary(fields, uniquingKeysWith: { $1 })
        object["time"] = timestamp()
        object["level"] = event.level.rawValue
        object["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ((try? encoder.encode(object)).map { String(decoding: $0, as: UTF8.self) } ?? "{}") + "\n"
    }

    private static func timestamp() -> String {
        Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// What a peer says must not be able to forge a line.
    private static func singleLine(_ text: String) -> String {
        text.unicodeScalars.contains { $0.value < 32 }
            ? String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 ? " " : $0 })) : text
    }
}
