import CDCMTK
import DICOMCore

/// The listening socket.
final class Listener: @unchecked Sendable {
    // Every function of a dcx_listener but its destruction may be called by any thread at any time, and it is destroyed
    // when nobody refers to it any more.
    private let handle: OpaquePointer

    /// What came in.
    enum Arrival {
        case request(Association)
        case event(NetworkEvent)
        case stopped
        case failed(String)
    }

    init(_ configuration: StorageSCPConfiguration) throws(NetworkError) {
        try initializeDCMTK()
        let strings = [configuration.address, Implementation.classUID, Implementation.versionName]
        var error = dcx_error()
        var handle: OpaquePointer?
        let status = withCStrings(strings) { strings in
            var options = dcx_listener_options(
                address: strings[0], port: configuration.port,
                maximum_pdu: UInt32(clamping: configuration.maximumPDULength),
                association_timeout_s: configuration.associationTimeout.wholeSeconds,
                transfer_timeout_s: configuration.transferTimeout.wholeSeconds,
                implementation_class_uid: strings[1], implementation_version_name: strings[2])
            return dcx_listener_create(&options, &handle, &error)
        }
        guard status == .DCX_OK, let handle else {
            throw NetworkError(
                .cannotListen,
                "Cannot listen on \(configuration.address) port \(configuration.port). Is another program using it?",
                cause: error.message)
        }
        self.handle = handle
    }

    deinit { dcx_listener_destroy(handle) }

    var port: UInt16 { dcx_listener_port(handle) }

    /// Takes no more connections and ends the waits between messages.
    func stop() { dcx_listener_stop(handle) }

    /// Ends the waits within messages, too.
    func interrupt() { dcx_listener_interrupt(handle) }

    /// Blocks until a peer has come.
    func accept() -> Arrival {
        var error = dcx_error()
        var native: OpaquePointer?
        let event = dcx_listener_accept(handle, &native, &error)
        guard let native else { return event == .DCX_EVENT_STOPPED ? .stopped : .failed(error.message) }
        let association = Association(native)
        let address = text(association.peer.address)
        return switch event {
        case .DCX_EVENT_ASSOCIATION: .request(association)
        case .DCX_EVENT_STOPPED: .stopped
        case .DCX_EVENT_TLS_HELLO: .event(.tlsHello(peerAddress: address))
        case .DCX_EVENT_TIMEOUT: .event(.silent(peerAddress: address))
        case .DCX_EVENT_CLOSED where association.peer.received_bytes == 0: .event(.probed(peerAddress: address))
        default: .event(.notDICOM(peerAddress: address, detail: error.message))
        }
    }
}
