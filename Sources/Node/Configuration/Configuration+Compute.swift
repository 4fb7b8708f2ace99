extension Configuration {
    /// `[compute]`: what the networks may use.
    public struct Compute: Sendable, Hashable {
        /// 0: one per core.
        public var threads = 0
        /// A series whose forecast is above this is refused; 0: no limit.
        public var memoryMB = 0

        public init() {}

        init(_ table: ConfigurationTable) {
            threads = table.integer("threads", threads, in: 0...1024)
            memoryMB = table.integer("memory_mb", memoryMB, in: 0...100_000_000)
            table.refuseUnknownKeys()
        }
    }
}
