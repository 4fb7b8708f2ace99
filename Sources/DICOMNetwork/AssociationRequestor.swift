import CDCMTK
public import DICOMCore
import Foundation

/// The SCU side of an association: verification and storage (PS3.4 Annexes A and B), many objects on one association.
///
/// Not Sendable: one thread owns it, and every call blocks that thread.
public final class AssociationRequestor {
    /// IDs are the odd numbers up to 255 (PS3.8 §9.3.2.2).
    public static let maximumContexts = 128
    /// What we offer to receive; nothing but responses comes.
    static let maximumPDULength: UInt32 = 131_072

    private let peer: PeerAddress
    private let timeouts: RequestorTimeouts
    private var association: Association?
    private var contextIDs: [PresentationContext: UInt8] = [:]
    private var lastMessageID: UInt16 = 0
    private var buffer: [UInt8] = []

    /// Connects and negotiates, one presentation context for each pair of SOP class and transfer syntax.
    /// - Parameter contexts: doubles are dropped; of the others, the first 128 are proposed; if empty, Verification.
    /// - Throws: `.connectionRefused`, `.unknownHost`, `.timeout`, `.rejected`, `.aborted`, `.connectionLost`,
    ///   `.protocolViolation`.
    public init(
        to peer: PeerAddress, from callingAETitle: AETitle, proposing contexts: [PresentationContext],
        timeouts: RequestorTimeouts = RequestorTimeouts()
    ) throws(NetworkError) {
        self.peer = peer
        self.timeouts = timeouts
        let association = try Self.request(peer, callingAETitle, Self.proposal(contexts), timeouts)
        self.association = association
        for id in stride(from: UInt8(1), through: 255, by: 2) {
            if let context = association.context(id) { contextIDs[context] = id }
        }
    }

    deinit { abort() }

    /// Each context once, at most 128.
    private static func proposal(_ contexts: [PresentationContext]) -> [PresentationContext] {
        var seen: Set<PresentationContext> = []
        let distinct = contexts.filter { seen.insert($0).inserted }
        return distinct.isEmpty ? [.verification] : Array(distinct.prefix(maximumContexts))
    }

    /// Whether the peer takes objects of this class in this syntax.
    public func accepts(_ context: PresentationContext) -> Bool { contextIDs[context] != nil }

    // MARK: Services

    /// C-ECHO.
    /// - Throws: `.noAcceptedContext` if Verification was not accepted; after any other error the association is gone.
    public func echo() throws(NetworkError) -> DIMSEStatus {
        let id = try contextID(for: .verification)
        let request = DIMSEMessage.echoRequest(contextID: id, messageID: nextMessageID())
        return try exchange(request) { _ throws(NetworkError) in }.status
    }

    /// C-STORE: the data set goes out as it lies in the file.
    /// - Throws: `.noAcceptedContext` and `.unreadableFile` leave the association as it is; after any other error it is
    ///   gone.
    public func store(_ object: StoredObject) throws(NetworkError) -> StoreResponse {
        let id = try contextID(for: object.context)
        let file = try open(object)
        let message = DIMSEMessage.storeRequest(contextID: id, messageID: nextMessageID(), object: object)
        return try exchange(message) { association throws(NetworkError) in
            try send(file, from: object.dataSetOffset, contextID: id, on: association)
        }
    }

    /// Ends the association in order.
    public func release() throws(NetworkError) {
        guard let association else { return }
        self.association = nil
        do throws(AssociationEnd) {
            try association.release()
        } catch {
            throw networkError(error)
        }
    }

    /// Ends the association at once. Does nothing if it has ended.
    public func abort() {
        association?.abort()
        association = nil
    }

    // MARK: Messages

    private func nextMessageID() -> UInt16 {
        lastMessageID = lastMessageID == .max ? 1 : lastMessageID + 1
        return lastMessageID
    }

    private func contextID(for context: PresentationContext) throws(NetworkError) -> UInt8 {
        guard let id = contextIDs[context] else {
            throw NetworkError(
                .noAcceptedContext,
                "\(peer) does not accept \(context). Allow this SOP class and transfer syntax there.")
        }
        return id
    }

    /// Sends the command and what `sendDataSet` sends, and waits for the response.
    private func exchange(
        _ message: DIMSEMessage, _ sendDataSet: (Association) throws(NetworkError) -> Void
    ) throws(NetworkError) -> StoreResponse {
        guard let association else { throw NetworkError(.connectionLost, "The association with \(peer) has ended.") }
        do throws(NetworkError) {
            try rethrowing { () throws(AssociationEnd) in try association.send(message) }
            try sendDataSet(association)
            return try response(to: message, on: association)
        } catch {
            abort()
            throw error
        }
    }

    private func response(to request: DIMSEMessage, on association: Association) throws(NetworkError) -> StoreResponse {
        let message = try rethrowing { () throws(AssociationEnd) in
            try association.receiveMessage(idle: timeouts.response, transfer: timeouts.transfer)
        }
        guard message.commandField == request.commandField | CommandField.responseBit, !message.hasDataSet,
            message.command[number: .messageIDBeingRespondedTo] == request.messageID,
            let status = message.command[number: .status]
        else { throw NetworkError(.protocolViolation, "\(peer) answered with something that is not the response.") }
        return StoreResponse(status: DIMSEStatus(rawValue: status), comment: message.command.errorComment)
    }

    // MARK: Data sets

    /// Opens the file, if its data set can go out at all.
    private func open(_ object: StoredObject) throws(NetworkError) -> InputFile {
        do throws(SystemError) {
            let file = try InputFile(object.file)
            let count = file.byteCount - object.dataSetOffset
            guard count > 0, count % 2 == 0 else { throw SystemError(number: EIO) }
            return file
        } catch {
            throw NetworkError(
                .unreadableFile, "\(object.file.path) cannot be read, or its data set is empty or of odd length.",
                cause: error.description)
        }
    }

    private func send(
        _ file: borrowing InputFile, from start: Int, contextID: UInt8, on association: Association
    ) throws(NetworkError) {
        let limit = association.fragmentLimit
        if buffer.count < limit { buffer = [UInt8](repeating: 0, count: limit) }
        var offset = start
        while offset < file.byteCount {
            let size = min(limit, file.byteCount - offset)
            try buffer.withUnsafeMutableBufferPointer { buffer throws(NetworkError) in
                let piece = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<size]))
                try read(file, into: piece, at: offset)
                let isLast = offset + size == file.byteCount
                try rethrowing { () throws(AssociationEnd) in
                    try association.send(
                        UnsafeRawBufferPointer(piece), contextID: contextID, isCommand: false, isLast: isLast)
                }
            }
            offset += size
        }
    }

    private func read(
        _ file: borrowing InputFile, into piece: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(NetworkError) {
        do throws(SystemError) {
            try file.read(into: piece, at: offset)
        } catch {
            throw NetworkError(
                .internalFailure, "A file to be sent could no longer be read while it was sent to \(peer).",
                cause: error.description)
        }
    }

    // MARK: Errors

    private func rethrowing<Result>(_ body: () throws(AssociationEnd) -> Result) throws(NetworkError) -> Result {
        do throws(AssociationEnd) {
            return try body()
        } catch {
            throw networkError(error)
        }
    }

    private func networkError(_ end: AssociationEnd) -> NetworkError {
        switch end.reason {
        case .aborted: NetworkError(.aborted, "\(peer) aborted the association.")
        case .timedOut: NetworkError(.timeout, "\(peer) did not answer in time.")
        case .released, .closed, .stopped:
            NetworkError(.connectionLost, "\(peer) ended the association before the work was done.")
        case .violation:
            NetworkError(.connectionLost, "The connection with \(peer) failed.", cause: end.detail)
        }
    }
}
