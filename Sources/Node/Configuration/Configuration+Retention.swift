extension Configuration {
    /// `[retention]`: how long inputs and results stay after the delivery; what is undelivered or unprocessed always
    /// stays.
    public struct Retention: Sendable, Hashable {
        public var days = 7.0
        /// The oldest go when the stored files take more than this; 0: no quota.
        public var quotaMB = 0
        public var checkSeconds = 600.0

        public init() {}

        init(_ table: ConfigurationTable) {
            days = table.number("days", days, in: 0...36500)
            quotaMB = table.integer("quota_mb", quotaMB, in: 0...1_000_000_000)
            checkSeconds = table.number("check_seconds", checkSeconds, in: 0.1...86400)
            table.refuseUnknownKeys()
        }
    }
}
