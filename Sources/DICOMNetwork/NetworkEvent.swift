public import DICOMCore

/// What the storage SCP noticed, for the log. Never holds patient data.
public enum NetworkEvent: Hashable, Sendable, CustomStringConvertible {
    case accepted(AssociationID, callingAETitle: AETitle, peerAddress: String)
    /// AE titles as the peer sent them.
    case rejected(AssociationRejection, callingAETitle: String, calledAETitle: String, peerAddress: String)
    /// Connected and closed again without a word, as port monitors do.
    case probed(peerAddress: String)
    /// Connected and did not ask for an association in time.
    case silent(peerAddress: String)
    /// A TLS ClientHello on the plain port.
    case tlsHello(peerAddress: String)
    /// No A-ASSOCIATE-RQ that can be read.
    case notDICOM(peerAddress: String, detail: String)
    /// Answered with 0x0211.
    case unsupportedOperation(AssociationID, commandField: UInt16)
    /// A C-STORE-RQ that cannot be what the standard asks for; answered with the status.
    case invalidRequest(AssociationID, status: DIMSEStatus, reason: String)
    /// Acknowledged because of its class, and not kept.
    case acknowledgedOnly(AssociationID, SOPInstanceUID, StorageClass)
    /// Larger than the configured limit; answered with 0xA700.
    case objectTooLarge(AssociationID, SOPInstanceUID, limitBytes: Int)
    /// The spool file could not be written; answered with the status.
    case cannotWrite(AssociationID, SOPInstanceUID, status: DIMSEStatus, reason: String)
    /// The association ended while the object was coming in; what had come is removed.
    case receptionBroken(AssociationID, SOPInstanceUID, receivedBytes: Int)
    /// The association was ended because the peer broke the protocol.
    case protocolViolation(AssociationID, detail: String)

    public var description: String {
        switch self {
        case .accepted(let id, let calling, let address): "\(id): accepted from \(calling) at \(address)"
        case .rejected(let rejection, let calling, let called, let address):
            "association from '\(calling)' at \(address) to '\(called)' \(rejection)"
        case .probed(let address): "\(address) connected and closed without a word"
        case .silent(let address): "\(address) connected and sent no association request in time"
        case .tlsHello(let address): "\(address) speaks TLS on the plain port; turn TLS off at the peer"
        case .notDICOM(let address, let detail): "\(address) does not speak DICOM (\(detail))"
        case .unsupportedOperation(let id, let field):
            "\(id): command 0x\(String(field, radix: 16)) is not supported, answered 0x0211"
        case .invalidRequest(let id, let status, let reason): "\(id): \(reason), answered \(status)"
        case .acknowledgedOnly(let id, let uid, let storageClass):
            "\(id): \(uid) (\(storageClass.keyword)) acknowledged and not kept"
        case .objectTooLarge(let id, let uid, let limit):
            "\(id): \(uid) is larger than the limit of \(limit) bytes, answered \(DIMSEStatus.outOfResources)"
        case .cannotWrite(let id, let uid, let status, let reason):
            "\(id): \(uid) cannot be written (\(reason)), answered \(status)"
        case .receptionBroken(let id, let uid, let bytes):
            "\(id): \(uid) broke off after \(bytes) bytes, what had come was removed"
        case .protocolViolation(let id, let detail): "\(id): aborted, the peer broke the protocol (\(detail))"
        }
    }
}
