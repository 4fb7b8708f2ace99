extension Configuration {
    /// `[metrics]`: where Prometheus reads how the node is; without the table there is no HTTP.
    public struct Metrics: Sendable, Hashable {
        /// Whoever reaches it may read: there is no authentication.
        public var address = "127.0.0.1"
        /// 0: any free port, which the log names.
        public var port = 9112

        public init() {}

        init(_ table: ConfigurationTable) {
            address = table.string("address", address, check: Configuration.addressProblem)
            port = table.integer("port", port, in: 0...65535)
            table.refuseUnknownKeys()
            if !address.hasPrefix("127.") {
                table.warn("address", "metrics are for everybody who reaches this address: nobody has to log in")
            }
        }
    }
}
