import DICOMCore
import Foundation
import Synchronization

/// Who may send: deny by default.
final class PeerTable: Sendable {
    private struct Contents {
        var peers: [Configuration.Peer] = []
        /// Numeric addresses of the peers' hosts, as the resolver gave them when the configuration was read.
        var addresses: [String: Set<String>] = [:]
        var acceptsUnknown = false
    }

    private let contents = Mutex(Contents())

    init(_ configuration: Configuration) { replace(with: configuration) }

    /// Resolves host names: not to be called on the cooperative pool.
    func replace(with configuration: Configuration) {
        var next = Contents()
        next.peers = configuration.peers
        next.acceptsUnknown = configuration.node.acceptUnknownPeers
        for host in Set(configuration.peers.compactMap(\.host)) { next.addresses[host] = Self.resolve(host) }
        contents.withLock { $0 = next }
    }

    func admits(_ callingAETitle: AETitle, from address: String) -> Bool {
        contents.withLock { contents in
            contents.acceptsUnknown
                || contents.peers.contains { peer in
                    peer.aeTitle == callingAETitle.rawValue
                        && (peer.host.map { contents.addresses[$0]?.contains(address) ?? false } ?? true)
                }
        }
    }

    /// The IPv4 addresses of a host name; a numeric address is its own.
    private static func resolve(_ host: String) -> Set<String> {
        var hints = addrinfo()
        hints.ai_family = AF_INET
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        return Set(sequence(first: list, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.compactMap(numeric))
    }

    private static func numeric(_ entry: UnsafeMutablePointer<addrinfo>?) -> String? {
        guard let entry = entry?.pointee else { return nil }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        return status == 0 ? String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
}
