import Foundation
import Node
import Testing

@Suite struct ServiceManagerTests {
    @Test("without systemd nothing is sent and nothing fails") func absent() {
        let manager = ServiceManager(environment: [:])
        manager.isReady("up")
        #expect(manager.watchdogSeconds == nil)
    }

    @Test("half of the watchdog's time is what it should be told in") func watchdog() {
        #expect(ServiceManager(environment: ["WATCHDOG_USEC": "60000000"]).watchdogSeconds == 30)
        #expect(ServiceManager(environment: ["WATCHDOG_USEC": "soon"]).watchdogSeconds == nil)
    }

    @Test("the states arrive as datagrams") func datagrams() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "notify-\(UUID().uuidString.prefix(8))").path
        let descriptor = try Self.listen(path)
        defer {
            close(descriptor)
            unlink(path)
        }
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": path])
        manager.isReady("listening")
        manager.isAlive()
        manager.isStopping()
        #expect(
            (0..<3).map { _ in Self.receive(descriptor) } == ["READY=1\nSTATUS=listening", "WATCHDOG=1", "STOPPING=1"])
    }

    private static func listen(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(status == 0)
        return descriptor
    }

    private static func receive(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}
