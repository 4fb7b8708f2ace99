public import Logging

extension Configuration {
    /// `[log]`: what goes to stderr.
    public struct Log: Sendable, Hashable {
        public enum Level: String, Sendable, Hashable, CaseIterable { case debug, info, notice, warning, error }

        public var level = Level.info
        public var format = NodeLogHandler.Format.text

        public init() {}

        init(_ table: ConfigurationTable) {
            level = table.choice("level", level)
            format = table.choice("format", format)
            table.refuseUnknownKeys()
        }

        public var loggerLevel: Logger.Level { Logger.Level(rawValue: level.rawValue) ?? .info }
    }
}
