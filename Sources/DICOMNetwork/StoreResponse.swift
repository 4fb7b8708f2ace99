public import DICOMCore

/// The answer to a C-STORE (PS3.4 §B.2.3).
public struct StoreResponse: Hashable, Sendable {
    public let status: DIMSEStatus
    /// Error Comment (PS3.7 §C.4), if the peer gave one.
    public let comment: String?

    public init(status: DIMSEStatus, comment: String? = nil) {
        self.status = status
        self.comment = comment
    }

    /// The peer has the object.
    public var isStored: Bool { status.isSuccess || status.isWarning }
}
