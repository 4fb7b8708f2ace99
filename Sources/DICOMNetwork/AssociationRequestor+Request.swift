import CDCMTK
import DICOMCore

extension PresentationContext {
    /// Verification (PS3.4 §A.4), in the default transfer syntax.
    public static let verification = PresentationContext(
        sopClassUID: .verification, transferSyntaxUID: TransferSyntax.implicitVRLittleEndian.uid)
}

extension AssociationRequestor {
    /// Connects and sends the A-ASSOCIATE-RQ.
    static func request(
        _ peer: PeerAddress, _ callingAETitle: AETitle, _ contexts: [PresentationContext],
        _ timeouts: RequestorTimeouts
    ) throws(NetworkError) -> Association {
        try initializeDCMTK()
        let fixed = [
            callingAETitle.rawValue, peer.aeTitle.rawValue, peer.host, Implementation.classUID,
            Implementation.versionName,
        ]
        let syntaxes = contexts.flatMap { [$0.sopClassUID.rawValue, $0.transferSyntaxUID.rawValue] }
        var error = dcx_error()
        var rejection = dcx_rejection()
        var handle: OpaquePointer?
        let event = withCStrings(fixed + syntaxes) { strings in
            var options = dcx_requestor_options(
                calling_ae_title: strings[0], called_ae_title: strings[1], host: strings[2], port: peer.port,
                maximum_pdu: maximumPDULength, association_timeout_s: timeouts.association.wholeSeconds,
                transfer_timeout_s: timeouts.transfer.wholeSeconds, implementation_class_uid: strings[3],
                implementation_version_name: strings[4])
            let proposed = stride(from: fixed.count, to: strings.count, by: 2).map {
                dcx_proposed_context(abstract_syntax: strings[$0], transfer_syntax: strings[$0 + 1])
            }
            return dcx_association_request(&options, proposed, UInt32(proposed.count), &handle, &rejection, &error)
        }
        guard event == .DCX_EVENT_ASSOCIATION, let handle else {
            throw failure(event, peer, rejection, cause: error.message)
        }
        return Association(handle)
    }

    private static func failure(
        _ event: dcx_event, _ peer: PeerAddress, _ rejection: dcx_rejection, cause: String
    ) -> NetworkError {
        switch event {
        case .DCX_EVENT_REFUSED:
            return NetworkError(.connectionRefused, "\(peer) cannot be connected to. Is it running?", cause: cause)
        case .DCX_EVENT_UNKNOWN_HOST:
            return NetworkError(.unknownHost, "The host name of \(peer) is not known.", cause: cause)
        case .DCX_EVENT_TIMEOUT:
            return NetworkError(.timeout, "\(peer) did not answer in time.", cause: cause)
        case .DCX_EVENT_REJECTED:
            let rejection = AssociationRejection(
                result: rejection.result, source: rejection.source, reason: rejection.reason)
            return NetworkError(.rejected(rejection), "\(peer) rejected the association: \(rejection).")
        case .DCX_EVENT_ABORT:
            return NetworkError(.aborted, "\(peer) aborted the association.", cause: cause)
        case .DCX_EVENT_CLOSED:
            return NetworkError(.connectionLost, "\(peer) closed the connection.", cause: cause)
        case .DCX_EVENT_NOT_DICOM:
            return NetworkError(.protocolViolation, "\(peer) does not speak DICOM.", cause: cause)
        default:
            return NetworkError(.internalFailure, "No association with \(peer) can be made.", cause: cause)
        }
    }
}
