import Foundation

/// A sender that repeats what was not acknowledged (Tests/Peers/sender.py), and what it was answered.
final class SenderPeer {
    struct Event: Decodable {
        let event: String
        let uid: String?
        let folder: String?
        let sha256: String?
        let status: Int?
        let result: Int?
        let source: Int?
        let reason: Int?
    }

    let process: RunningProcess

    /// - Parameters:
    ///   - pause: seconds between objects
    ///   - attempts: associations for each folder; nil: until everything is acknowledged
    init(
        _ folders: [URL], to node: TestNode, callingAETitle: String = "SENDER", pause: Double = 0, attempts: Int? = nil
    ) throws {
        let options = [
            "--port", "\(node.port)", "--called-ae-title", node.settings.aeTitle, "--calling-ae-title", callingAETitle,
            "--pause", "\(pause)",
        ]
        process = try RunningProcess(
            Repository.python,
            [Repository.peers.appending(path: "sender.py").path] + folders.map(\.path) + options
                + (attempts.map { ["--attempts", "\($0)"] } ?? []),
            in: node.folder)
    }

    /// Grows with every event; cheap enough to watch.
    var progress: Int { process.outputData.count }

    var events: [Event] {
        process.standardOutput.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Event.self, from: Data($0.utf8))
        }
    }

    /// The SHA-256 of each acknowledged data set by its SOP Instance UID.
    var acknowledged: [String: String] {
        Dictionary(
            events.filter { $0.event == "acknowledged" }.map { ($0.uid ?? "", $0.sha256 ?? "") },
            uniquingKeysWith: { $1 })
    }

    /// The statuses with which objects were refused.
    var refusals: [Int] { events.filter { $0.event == "refused" }.compactMap(\.status) }

    /// Waits until the sender has ended by itself.
    @discardableResult
    func finished(within seconds: Double = 60) throws -> SenderPeer {
        let status = try process.waitUntilExit(within: seconds)
        guard status == 0 else { throw RunningProcess.Timeout(description: process.standardError) }
        return self
    }

    /// Sends once, whatever the answers.
    static func once(_ folder: URL, to node: TestNode, callingAETitle: String = "SENDER") throws -> SenderPeer {
        try SenderPeer([folder], to: node, callingAETitle: callingAETitle, attempts: 1).finished()
    }
}
