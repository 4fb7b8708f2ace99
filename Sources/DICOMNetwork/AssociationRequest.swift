public import DICOMCore

/// Numbers the associations of this process, for logs and for finding what belongs together.
public struct AssociationID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public var description: String { "association \(rawValue)" }
}

/// An A-ASSOCIATE-RQ (PS3.8 §9.3.2) that waits for a decision.
public struct AssociationRequest: Sendable {
    public let id: AssociationID
    public let callingAETitle: AETitle
    public let calledAETitle: AETitle
    /// The numeric address of the peer.
    public let peerAddress: String
    /// As the peer sent it; may be empty.
    public let peerImplementationClassUID: String
    /// As the peer sent it; may be empty.
    public let peerImplementationVersionName: String

    public init(
        id: AssociationID, callingAETitle: AETitle, calledAETitle: AETitle, peerAddress: String,
        peerImplementationClassUID: String = "", peerImplementationVersionName: String = ""
    ) {
        self.id = id
        self.callingAETitle = callingAETitle
        self.calledAETitle = calledAETitle
        self.peerAddress = peerAddress
        self.peerImplementationClassUID = peerImplementationClassUID
        self.peerImplementationVersionName = peerImplementationVersionName
    }
}

/// What becomes of an association request.
public enum AssociationDecision: Hashable, Sendable {
    case accept
    case reject(AssociationRejection)
}
