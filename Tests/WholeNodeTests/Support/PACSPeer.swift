import Foundation

/// A destination that keeps what it receives, or behaves as badly as it is told (Tests/Peers/pacs.py).
final class PACSPeer {
    enum Behaviour: String {
        case keep
        case refuseAssociation = "refuse-association"
        case refuseObjects = "refuse-objects"
        case half, hang
        case onlySR = "only-sr"
    }

    /// One C-STORE as the PACS saw it.
    struct Store: Decodable, Hashable {
        let uid: String
        let sopClass: String
        let sha256: String
        let status: Int
    }

    private struct Line: Decodable {
        let event: String
    }

    let port: Int
    let folder: ScratchFolder
    private let process: RunningProcess

    /// - Parameter delaySeconds: before each object is answered.
    init(_ behaviour: Behaviour = .keep, port: Int? = nil, delaySeconds: Double = 0) throws {
        folder = try ScratchFolder()
        self.port = try port ?? Loopback.freePort()
        process = try RunningProcess(
            Repository.python,
            [
                Repository.peers.appending(path: "pacs.py").path, "--port", "\(self.port)", "--folder",
                folder.url.appending(path: "objects").path, "--behaviour", behaviour.rawValue, "--delay", "\(delaySeconds)",
            ], in: folder)
        try eventually("the PACS listens") { Loopback.isListening(self.port) }
    }

    /// The objects that it has kept.
    var files: [URL] { ScratchFolder.files(below: folder.url.appending(path: "objects")) }

    var stores: [Store] { lines("store") }

    /// The associations that were requested, those of the test's own probe included.
    var associations: Int { events("association").count }

    func stop() throws {
        process.signal(SIGKILL)
        try process.waitUntilExit(within: 10)
    }

    private func lines<Value: Decodable>(_ event: String) -> [Value] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return events(event).compactMap { try? decoder.decode(Value.self, from: Data($0.utf8)) }
    }

    private func events(_ event: String) -> [Substring] {
        process.standardOutput.split(separator: "\n").filter { line in
            (try? JSONDecoder().decode(Line.self, from: Data(line.utf8)))?.event == event
        }
    }
}
