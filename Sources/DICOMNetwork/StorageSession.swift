import DICOMCore
import Foundation

/// One accepted association, from the A-ASSOCIATE-AC to its end, on the thread that calls `run`.
struct StorageSession {
    private let association: Association
    private let request: AssociationRequest
    private let configuration: StorageSCPConfiguration
    private let delegate: any StorageSCPDelegate
    private(set) var summary: AssociationSummary

    init(
        _ association: Association, _ request: AssociationRequest, _ configuration: StorageSCPConfiguration,
        _ delegate: any StorageSCPDelegate
    ) {
        self.association = association
        self.request = request
        self.configuration = configuration
        self.delegate = delegate
        summary = AssociationSummary(request)
    }

    /// Negotiates, and answers messages until the association ends.
    mutating func run() {
        do throws(AssociationEnd) {
            try accept()
            while true { try answerNextMessage() }
        } catch {
            end(error)
        }
    }

    private func accept() throws(AssociationEnd) {
        let uncompressed: [TransferSyntax] = [.explicitVRLittleEndian, .implicitVRLittleEndian]
        try association.negotiate([.verification], uncompressed.map(\.uid))
        try association.negotiate(configuration.negotiatedStorage.map(\.uid), configuration.transferSyntaxes)
        try association.acknowledge()
        delegate.record(
            .accepted(request.id, callingAETitle: request.callingAETitle, peerAddress: request.peerAddress))
    }

    private mutating func end(_ end: AssociationEnd) {
        switch end.reason {
        case .released:
            association.acknowledgeRelease()
            summary.ending = .released
        case .aborted, .closed:
            summary.ending = .aborted
        case .timedOut:
            association.abort()
            summary.ending = .timedOut
        case .stopped:
            association.abort()
            summary.ending = .stopped
        case .violation:
            delegate.record(.protocolViolation(request.id, detail: end.detail))
            association.abort()
            summary.ending = .failed
        }
    }

    // MARK: Messages

    private mutating func answerNextMessage() throws(AssociationEnd) {
        let message = try association.receiveMessage(
            idle: configuration.idleTimeout, transfer: configuration.transferTimeout)
        guard message.isRequest else { throw AssociationEnd(.violation, "a response without a request") }
        switch CommandField(rawValue: message.commandField) {
        case .storeRequest:
            try store(message)
        case .echoRequest:
            try discardDataSet(of: message)
            try association.send(message.response(.success))
        case .cancelRequest:
            // Nothing here takes long enough to be cancelled; a C-CANCEL has no response (PS3.7 §9.3.2.3).
            try discardDataSet(of: message)
        default:
            delegate.record(.unsupportedOperation(request.id, commandField: message.commandField))
            try discardDataSet(of: message)
            try association.send(message.response(.unrecognizedOperation))
        }
    }

    private mutating func store(_ message: DIMSEMessage) throws(AssociationEnd) {
        let status: DIMSEStatus
        switch readRequest(message) {
        case .invalid(let refusal, let reason):
            delegate.record(.invalidRequest(request.id, status: refusal, reason: reason))
            try discardDataSet(of: message)
            status = refusal
        case .valid(let store):
            status = try receive(store, message)
        }
        if status.isSuccess || status.isWarning {
            summary.storedInstances += 1
        } else {
            summary.refusedInstances += 1
        }
        try association.send(message.response(status))
    }

    private enum RequestReading {
        case valid(StoreRequest)
        case invalid(DIMSEStatus, String)
    }

    /// The UIDs of the command are checked before anything is named after them.
    private func readRequest(_ message: DIMSEMessage) -> RequestReading {
        guard message.hasDataSet else { return .invalid(.cannotUnderstand, "C-STORE-RQ without a data set") }
        guard let context = association.context(message.contextID) else {
            return .invalid(.sopClassNotSupported, "C-STORE-RQ on a presentation context that was not accepted")
        }
        guard let sopClass = message.command[uid: .affectedSOPClassUID].flatMap({ SOPClassUID($0) }),
            sopClass == context.sopClassUID
        else { return .invalid(.dataSetDoesNotMatchSOPClass, "SOP class of the C-STORE-RQ is not that of its context") }
        guard let storageClass = StorageClass.with(uid: sopClass) else {
            return .invalid(.sopClassNotSupported, "C-STORE-RQ for \(sopClass), which is no storage class")
        }
        guard let sopInstance = message.command[uid: .affectedSOPInstanceUID].flatMap({ SOPInstanceUID($0) }) else {
            return .invalid(.invalidSOPInstance, "SOP Instance UID of the C-STORE-RQ is not a UID")
        }
        return .valid(
            StoreRequest(
                associationID: request.id, callingAETitle: request.callingAETitle, peerAddress: request.peerAddress,
                sopInstanceUID: sopInstance, transferSyntaxUID: context.transferSyntaxUID, storageClass: storageClass))
    }

    // MARK: Data sets

    private mutating func receive(
        _ store: StoreRequest, _ message: DIMSEMessage
    ) throws(AssociationEnd) -> DIMSEStatus {
        switch disposition(of: store) {
        case .acknowledge:
            try discardDataSet(of: message)
            return .success
        case .refuse(let status):
            try discardDataSet(of: message)
            return status
        case .spool(let file):
            return try spool(store, message, to: file)
        }
    }

    private func disposition(of store: StoreRequest) -> StoreDisposition {
        guard configuration.keptStorage.contains(store.storageClass) else {
            delegate.record(.acknowledgedOnly(request.id, store.sopInstanceUID, store.storageClass))
            return .acknowledge
        }
        return delegate.willReceive(store)
    }

    private mutating func spool(
        _ store: StoreRequest, _ message: DIMSEMessage, to file: URL
    ) throws(AssociationEnd) -> DIMSEStatus {
        let limit = configuration.maximumObjectBytes
        var reception = Reception(store, receivingAETitle: request.calledAETitle, file: file)
        do throws(AssociationEnd) {
            try receiveDataSet(of: message) { reception.append($0, limit: limit) }
        } catch {
            reception.abandon()
            delegate.record(
                .receptionBroken(request.id, store.sopInstanceUID, receivedBytes: reception.dataSetBytes))
            throw error
        }
        switch reception.finish() {
        case .complete(let byteCount):
            return delegate.didReceive(store, file: file, byteCount: byteCount)
        case .tooLarge:
            delegate.record(.objectTooLarge(request.id, store.sopInstanceUID, limitBytes: limit))
            return .outOfResources
        case .unwritable(let error):
            delegate.record(
                .cannotWrite(request.id, store.sopInstanceUID, status: error.status, reason: error.description))
            return error.status
        }
    }

    private mutating func discardDataSet(of message: DIMSEMessage) throws(AssociationEnd) {
        if message.hasDataSet { try receiveDataSet(of: message) { _ in } }
    }

    /// Reads to the end, so that the association can go on; unless the peer sends beyond all measure.
    private mutating func receiveDataSet(
        of message: DIMSEMessage, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(AssociationEnd) {
        let absurd = 2 * configuration.maximumObjectBytes
        var count = 0
        defer { summary.receivedBytes += count }
        try association.receiveDataSet(of: message, transfer: configuration.transferTimeout) {
            fragment throws(AssociationEnd) in
            count += fragment.count
            if count > absurd { throw AssociationEnd(.violation, "data set beyond twice the size limit") }
            body(fragment)
        }
    }
}
