public import DICOMCore

/// How a storage SCP listens, what it takes, and its limits.
public struct StorageSCPConfiguration: Sendable {
    /// What happens to standard storage classes that are not kept: auto-routers retry for ever when refused.
    public enum OtherStorage: String, Sendable, CaseIterable {
        /// Negotiated, read, answered with Success, and not kept.
        case acknowledge
        /// Their presentation contexts are not accepted.
        case refuse
    }

    /// Called AE titles must equal it.
    public var aeTitle: AETitle
    /// A numeric IPv4 address of this machine; `0.0.0.0` for all.
    public var address = "127.0.0.1"
    /// 0: any free port.
    public var port: UInt16 = 11112
    /// More are rejected for now, local limit exceeded.
    public var maximumAssociations = 16
    /// 4096 to 131072 bytes.
    public var maximumPDULength = 131_072
    /// A larger data set is answered with 0xA700; one of more than twice this size ends the association.
    public var maximumObjectBytes = 4 << 30
    /// From the TCP connection to the complete A-ASSOCIATE-RQ.
    public var associationTimeout: Duration = .seconds(10)
    /// Between two messages.
    public var idleTimeout: Duration = .seconds(60)
    /// Longest silence within a message.
    public var transferTimeout: Duration = .seconds(30)
    public var keptStorage: [StorageClass] = StorageClass.kept
    public var otherStorage: OtherStorage = .acknowledge
    /// In our order of preference: of those that a peer proposes for a context, the first one here is taken.
    public var transferSyntaxes: [TransferSyntaxUID] = TransferSyntax.inOrderOfPreference.map(\.uid)

    public init(aeTitle: AETitle) { self.aeTitle = aeTitle }

    /// The storage classes whose presentation contexts are accepted.
    var negotiatedStorage: [StorageClass] { keptStorage + (otherStorage == .acknowledge ? StorageClass.others : []) }
}
