extension Configuration {
    /// `[limits]`: what the node takes at most.
    public struct Limits: Sendable, Hashable {
        /// Associations at a time; further ones are rejected as a local limit.
        public var associations = 16
        /// The longest PDU that the node receives (PS3.8 §D.1).
        public var pduBytes = 131072
        public var objectMB = 4096
        /// Attempts at a job that fails for a reason that may pass.
        public var jobAttempts = 3
        /// The wait for an association request once a peer has connected.
        public var requestSeconds = 10.0
        /// The wait for the next message on an association.
        public var idleSeconds = 60.0
        /// With less free space than this, new associations are rejected as a temporary congestion.
        public var diskRefuseAssociationsMB = 4096
        /// With less free space than this, objects are refused with 0xA700.
        public var diskRefuseObjectsMB = 1024

        public init() {}

        init(_ table: ConfigurationTable) {
            associations = table.integer("associations", associations, in: 1...256)
            pduBytes = table.integer("pdu_bytes", pduBytes, in: 4096...131072)
            objectMB = table.integer("object_mb", objectMB, in: 1...65536)
            jobAttempts = table.integer("job_attempts", jobAttempts, in: 1...100)
            requestSeconds = table.number("request_seconds", requestSeconds, in: 1...600)
            idleSeconds = table.number("idle_seconds", idleSeconds, in: 1...86400)
            let space = 0...1_000_000_000
            diskRefuseAssociationsMB = table.integer("disk_refuse_associations_mb", diskRefuseAssociationsMB, in: space)
            diskRefuseObjectsMB = table.integer("disk_refuse_objects_mb", diskRefuseObjectsMB, in: space)
            table.refuseUnknownKeys()
        }
    }
}
