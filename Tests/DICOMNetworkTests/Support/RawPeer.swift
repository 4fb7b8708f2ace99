import Foundation
import Glibc

/// A TCP client that sends the bytes it is told and shows what comes back.
final class RawPeer {
    private let descriptor: Int32

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 { throw POSIXError(.ECONNREFUSED) }
    }

    deinit { Glibc.close(descriptor) }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    /// The next PDU; nil when the connection is closed or nothing comes for five seconds.
    func receivePDU() -> PDU? {
        guard let head = receive(6) else { return nil }
        let length = head[2...5].reduce(0) { $0 << 8 | Int($1) }
        guard let body = receive(length) else { return nil }
        return PDU(type: head[0], body: body)
    }

    /// Whether the other side closes within five seconds.
    func isClosedByPeer() -> Bool {
        var byte: UInt8 = 0
        while true {
            let count = recv(descriptor, &byte, 1, 0)
            if count == 0 || (count < 0 && errno == ECONNRESET) { return true }
            if count < 0 { return false }
        }
    }

    private func receive(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + done, count - done, 0) }
            if got <= 0 { return nil }
            done += got
        }
        return bytes
    }
}

/// A protocol data unit of the upper layer (PS3.8 §9.3), as bytes.
struct PDU {
    let type: UInt8
    let body: [UInt8]

    var bytes: [UInt8] { [type, 0] + UInt32(body.count).bigEndianBytes + body }

    static let releaseRequest = PDU(type: 0x05, body: [0, 0, 0, 0])
    static let abort = PDU(type: 0x07, body: [0, 0, 0, 0])

    /// A-ASSOCIATE-RQ (PS3.8 §9.3.2).
    static func associateRequest(
        calling: String = "TESTER", called: String = "FOVEA", application: String = "1.2.840.10008.3.1.1.1",
        contexts: [(abstract: String, transfers: [String])]
    ) -> PDU {
        var body: [UInt8] = [0, 1, 0, 0] + padded(called) + padded(calling) + [UInt8](repeating: 0, count: 32)
        body += item(0x10, Array(application.utf8))
        for (index, context) in contexts.enumerated() {
            let syntaxes = context.transfers.flatMap { item(0x40, Array($0.utf8)) }
            body += item(0x20, [UInt8(2 * index + 1), 0, 0, 0] + item(0x30, Array(context.abstract.utf8)) + syntaxes)
        }
        body += item(0x50, item(0x51, UInt32(16_384).bigEndianBytes) + item(0x52, Array("2.25.1".utf8)))
        return PDU(type: 0x01, body: body)
    }

    /// P-DATA-TF with one presentation data value (PS3.8 §9.3.5).
    static func data(_ bytes: [UInt8], context: UInt8 = 1, isCommand: Bool, isLast: Bool) -> PDU {
        let control: UInt8 = (isCommand ? 1 : 0) | (isLast ? 2 : 0)
        return PDU(type: 0x04, body: UInt32(bytes.count + 2).bigEndianBytes + [context, control] + bytes)
    }

    private static func padded(_ title: String) -> [UInt8] {
        Array((title + String(repeating: " ", count: 16)).utf8.prefix(16))
    }

    private static func item(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        [type, 0, UInt8(value.count >> 8), UInt8(value.count & 0xFF)] + value
    }
}

extension UInt32 {
    var bigEndianBytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) } }
}

/// Listens on a free port of loopback and never says a word.
final class SilentServer {
    private let descriptor: Int32
    let port: UInt16

    init() throws {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptor = listening
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                Glibc.bind(listening, name, length) == 0 && listen(listening, 5) == 0
                    && getsockname(listening, name, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        if !isListening { throw POSIXError(.EADDRINUSE) }
    }

    deinit { Glibc.close(descriptor) }
}
