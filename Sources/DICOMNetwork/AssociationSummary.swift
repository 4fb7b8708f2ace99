public import DICOMCore

/// An association after its end.
public struct AssociationSummary: Sendable {
    public enum Ending: Sendable {
        case released
        /// A-ABORT of the peer, or it closed the connection.
        case aborted
        /// Nothing came for longer than the limits allow.
        case timedOut
        /// The node was stopped.
        case stopped
        /// The peer broke the protocol.
        case failed
    }

    public let id: AssociationID
    public let callingAETitle: AETitle
    public let peerAddress: String
    public internal(set) var ending: Ending = .failed
    /// C-STORE requests that were answered with Success or a warning.
    public internal(set) var storedInstances = 0
    /// C-STORE requests that were answered with a failure.
    public internal(set) var refusedInstances = 0
    /// Bytes of all data sets.
    public internal(set) var receivedBytes = 0

    init(_ request: AssociationRequest) {
        id = request.id
        callingAETitle = request.callingAETitle
        peerAddress = request.peerAddress
    }
}
