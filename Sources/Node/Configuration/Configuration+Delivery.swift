extension Configuration {
    /// `[delivery]`: what happens with results that a destination does not take at once.
    public struct Delivery: Sendable, Hashable {
        /// The wait after the first failure; it doubles with each further one.
        public var firstRetrySeconds = 5.0
        public var longestRetrySeconds = 900.0
        /// An object that is refused so often is a dead letter.
        public var maximumAttempts = 10
        /// An unreachable destination's objects are dead letters after this.
        public var giveUpHours = 72.0

        public init() {}

        init(_ table: ConfigurationTable) {
            firstRetrySeconds = table.number("first_retry_seconds", firstRetrySeconds, in: 0.1...3600)
            longestRetrySeconds = table.number("longest_retry_seconds", longestRetrySeconds, in: 0.1...86400)
            maximumAttempts = table.integer("maximum_attempts", maximumAttempts, in: 1...10000)
            giveUpHours = table.number("give_up_hours", giveUpHours, in: 0...87600)
            table.refuseUnknownKeys()
        }
    }
}
