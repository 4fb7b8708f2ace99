import CDCMTK
import DICOMCore

/// Why no further message comes on an association.
struct AssociationEnd: Error {
    enum Reason {
        case released
        case aborted
        case closed
        case timedOut
        case stopped
        case violation
    }

    let reason: Reason
    let detail: String

    init(_ reason: Reason, _ detail: String = "") {
        self.reason = reason
        self.detail = detail
    }

    init(_ event: dcx_event, _ error: dcx_error) {
        detail = error.message
        reason =
            switch event {
            case .DCX_EVENT_RELEASE: .released
            case .DCX_EVENT_ABORT: .aborted
            case .DCX_EVENT_CLOSED: .closed
            case .DCX_EVENT_TIMEOUT: .timedOut
            case .DCX_EVENT_STOPPED: .stopped
            default: .violation
            }
    }
}

/// An association and its messages, for either side. One thread owns it.
final class Association {
    private let handle: OpaquePointer

    /// Takes the handle over.
    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { dcx_association_destroy(handle) }

    var peer: dcx_association_peer {
        var peer = dcx_association_peer()
        dcx_association_get_peer(handle, &peer)
        return peer
    }

    // MARK: Establishing and ending

    /// Accepts the contexts of these classes, with the first of these syntaxes that the peer proposes.
    func negotiate(_ classes: [SOPClassUID], _ syntaxes: [TransferSyntaxUID]) throws(AssociationEnd) {
        try check { error in
            withCStrings(classes.map(\.rawValue)) { classes in
                withCStrings(syntaxes.map(\.rawValue)) { syntaxes in
                    dcx_association_negotiate(
                        handle, classes, UInt32(classes.count), syntaxes, UInt32(syntaxes.count), &error)
                }
            }
        }
    }

    func acknowledge() throws(AssociationEnd) {
        try check { error in dcx_association_acknowledge(handle, &error) }
    }

    func reject(_ rejection: AssociationRejection) {
        dcx_association_reject(handle, rejection.result.rawValue, rejection.source.rawValue, rejection.reason)
    }

    func acknowledgeRelease() { dcx_association_acknowledge_release(handle) }

    func release() throws(AssociationEnd) {
        try check { error in dcx_association_release(handle, &error) }
    }

    func abort() { dcx_association_abort(handle) }

    /// What was negotiated for a presentation context; nil if it was not accepted.
    func context(_ id: UInt8) -> PresentationContext? {
        var context = dcx_presentation_context()
        guard dcx_association_context(handle, id, &context),
            let sopClass = SOPClassUID(text(context.abstract_syntax)),
            let syntax = TransferSyntaxUID(text(context.transfer_syntax))
        else { return nil }
        return PresentationContext(sopClassUID: sopClass, transferSyntaxUID: syntax)
    }

    private func check(_ body: (inout dcx_error) -> dcx_status) throws(AssociationEnd) {
        var error = dcx_error()
        if body(&error) != .DCX_OK { throw AssociationEnd(.violation, error.message) }
    }

    // MARK: Messages

    /// Waits for the next command set.
    /// - Parameters:
    ///   - idle: how long nothing may come at all.
    ///   - transfer: how long the peer may be silent within the message.
    func receiveMessage(idle: Duration, transfer: Duration) throws(AssociationEnd) -> DIMSEMessage {
        var bytes: [UInt8] = []
        var contextID: UInt8?
        while true {
            let fragment = try receive(within: contextID == nil ? idle : transfer, betweenMessages: contextID == nil)
            guard fragment.is_command, fragment.context_id == contextID ?? fragment.context_id,
                bytes.count + fragment.count <= CommandSet.maximumBytes
            else { throw AssociationEnd(.violation, "no command set where one is due") }
            contextID = fragment.context_id
            bytes += UnsafeBufferPointer(start: fragment.bytes, count: fragment.count)
            if fragment.is_last { break }
        }
        guard let command = CommandSet(decoding: bytes), let contextID else {
            throw AssociationEnd(.violation, "command set cannot be read")
        }
        return DIMSEMessage(contextID: contextID, command: command)
    }

    /// Hands the data set that follows `message` over piece by piece, to its end.
    func receiveDataSet(
        of message: DIMSEMessage, transfer: Duration, _ body: (UnsafeRawBufferPointer) throws(AssociationEnd) -> Void
    ) throws(AssociationEnd) {
        while true {
            let fragment = try receive(within: transfer, betweenMessages: false)
            guard !fragment.is_command, fragment.context_id == message.contextID else {
                throw AssociationEnd(.violation, "no data set where one is due")
            }
            try body(UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.count))
            if fragment.is_last { return }
        }
    }

    private func receive(within limit: Duration, betweenMessages: Bool) throws(AssociationEnd) -> dcx_fragment {
        var fragment = dcx_fragment()
        var error = dcx_error()
        let event = dcx_association_receive(handle, limit.wholeSeconds, betweenMessages, &fragment, &error)
        guard event == .DCX_EVENT_FRAGMENT else { throw AssociationEnd(event, error) }
        return fragment
    }

    func send(_ message: DIMSEMessage) throws(AssociationEnd) {
        let bytes = message.command.encoded()
        try bytes.withUnsafeBufferPointer { buffer throws(AssociationEnd) in
            try send(UnsafeRawBufferPointer(buffer), contextID: message.contextID, isCommand: true, isLast: true)
        }
    }

    /// Data sets are best sent in pieces of this size.
    var fragmentLimit: Int { dcx_association_fragment_limit(handle) }

    func send(
        _ bytes: UnsafeRawBufferPointer, contextID: UInt8, isCommand: Bool, isLast: Bool
    ) throws(AssociationEnd) {
        var fragment = dcx_fragment(
            bytes: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count, context_id: contextID,
            is_command: isCommand, is_last: isLast)
        try check { error in dcx_association_send(handle, &fragment, &error) }
    }
}

extension Duration {
    /// Rounded up, at least 1: the time limits of the upper layer have no finer grain.
    var wholeSeconds: UInt32 {
        let (seconds, attoseconds) = components
        return UInt32(clamping: max(1, seconds + (attoseconds > 0 ? 1 : 0)))
    }
}
