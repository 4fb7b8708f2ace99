extension Configuration {
    /// `[completeness]`: when a series counts as complete.
    public struct Completeness: Sendable, Hashable {
        /// The silence after the last instance of a series; a peer may have its own.
        public var quietSeconds = 5.0
        /// The time after the first instance at which a series is taken as it is, silent or not.
        public var deadlineSeconds = 1800.0

        public init() {}

        init(_ table: ConfigurationTable) {
            quietSeconds = table.number("quiet_seconds", quietSeconds, in: 0...86400)
            deadlineSeconds = table.number("deadline_seconds", deadlineSeconds, in: 0...604800)
            table.refuseUnknownKeys()
        }
    }
}
