import Workflow

extension Destination {
    /// One `[[destinations]]` table.
    init(_ table: ConfigurationTable) {
        self.init(
            name: table.requiredString("name", check: Configuration.emptyProblem),
            aeTitle: table.requiredString("ae_title", check: Configuration.aeTitleProblem),
            host: table.requiredString("host", check: Configuration.emptyProblem),
            port: table.requiredInteger("port", in: 1...65535))
        reportClass = table.choice("sr_class", reportClass)
        sendsAllFrames = table.boolean("all_frames", sendsAllFrames)
        sendsSecondaryCapture = table.boolean("secondary_capture", sendsSecondaryCapture)
        connectTimeoutSeconds = table.number("connect_timeout_seconds", connectTimeoutSeconds, in: 1...300)
        responseTimeoutSeconds = table.number("response_timeout_seconds", responseTimeoutSeconds, in: 1...3600)
        table.refuseUnknownKeys()
    }
}
