extension Configuration {
    /// `[[peers]]`: who may send.
    public struct Peer: Sendable, Hashable {
        public var aeTitle = ""
        /// The host name or IPv4 address that it must call from; nil: any.
        public var host: String?
        /// The quiet period for its series; nil: that of `[completeness]`.
        public var quietSeconds: Double?
        /// Whether it is known to deliver a whole series in one association, so that a release may end the wait.
        public var sendsSeriesInOneAssociation = false

        public init(aeTitle: String, host: String? = nil) {
            self.aeTitle = aeTitle
            self.host = host
        }

        init(_ table: ConfigurationTable) {
            aeTitle = table.requiredString("ae_title", check: Configuration.aeTitleProblem)
            host = table.optionalString("host", check: Configuration.emptyProblem)
            quietSeconds = table.optionalNumber("quiet_seconds", in: 0...86400)
            sendsSeriesInOneAssociation = table.boolean("series_in_one_association", sendsSeriesInOneAssociation)
            table.refuseUnknownKeys()
        }
    }
}
