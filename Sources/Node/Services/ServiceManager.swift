import Foundation

/// Tells systemd how the service is (sd_notify): a datagram to NOTIFY_SOCKET, and nothing where there is none.
public struct ServiceManager: Sendable {
    private let socketPath: String?
    /// Half the time after which systemd takes the service for hung; nil: it does not watch.
    public let watchdogSeconds: Double?

    public init() { self.init(environment: ProcessInfo.processInfo.environment) }

    package init(environment: [String: String]) {
        socketPath = environment["NOTIFY_SOCKET"]
        watchdogSeconds = environment["WATCHDOG_USEC"].flatMap(Double.init).map { $0 / 2e6 }
    }

    public func isReady(_ status: String) { send("READY=1\nSTATUS=\(status)") }

    public func isAlive() { send("WATCHDOG=1") }

    public func isStopping() { send("STOPPING=1") }

    private func send(_ state: String) {
        guard let socketPath else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(socketPath.utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            bytes.copyBytes(from: path)
            // An abstract socket's name begins with a zero byte.
            if path.first == UInt8(ascii: "@") { bytes[0] = 0 }
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let message = Array(state.utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
    }
}
