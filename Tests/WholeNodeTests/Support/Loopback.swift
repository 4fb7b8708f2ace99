import Foundation

/// Free TCP ports on 127.0.0.1, and plain sockets for peers that misbehave.
enum Loopback {
    struct SocketError: Error {
        let call: String
        let code = errno
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
            }
        }
        guard status == 0 else { throw SocketError(call: "bind") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// A connected socket; the caller closes it.
    static func connect(to port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port: UInt16(port))
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw SocketError(call: "connect")
        }
        return descriptor
    }

    static func send(_ bytes: [UInt8], to descriptor: Int32) {
        _ = bytes.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    static func isListening(_ port: Int) -> Bool {
        guard let descriptor = try? connect(to: port) else { return false }
        close(descriptor)
        return true
    }

    /// The TCP ports at which a process waits for connections.
    static func listeningPorts(of process: Int32) throws -> Set<Int> {
        let files = FileManager.default
        let sockets = try files.contentsOfDirectory(atPath: "/proc/\(process)/fd").compactMap { name in
            try? files.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(name)")
        }
        let rows = try ["tcp", "tcp6"].flatMap { table in
            try String(contentsOfFile: "/proc/\(process)/net/\(table)", encoding: .utf8).split(separator: "\n")
        }
        // local_address is ADDRESS:PORT in hexadecimal, state 0A is LISTEN, the tenth column is the socket's inode.
        return Set(
            rows.map { $0.split(separator: " ") }.filter { $0[3] == "0A" && sockets.contains("socket:[\($0[9])]") }
                .compactMap { $0[1].split(separator: ":").last.flatMap { Int($0, radix: 16) } })
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
