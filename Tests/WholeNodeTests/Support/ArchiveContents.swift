import Foundation

/// What a data directory holds, read beside the node (Tests/Peers/archive_contents.py).
struct ArchiveContents: Decodable {
    struct Instance: Decodable {
        let uid: String
        let state: String
        /// Of the data set in the instance's file; nil: there is no file.
        let sha256: String?
    }
    struct Quarantined: Decodable {
        let reason: String
        let exists: Bool
    }
    let instances: [Instance]
    let quarantined: [Quarantined]

    init(_ node: TestNode) throws {
        let script = Repository.peers.appending(path: "archive_contents.py").path
        let result = try run(Repository.python, [script, node.dataDirectory.path], in: node.folder)
        guard result.status == 0 else { throw RunningProcess.Timeout(description: result.error) }
        self = try JSONDecoder().decode(ArchiveContents.self, from: result.outputData)
    }

    /// SOP Instance UIDs that were acknowledged, and are not in the store with the bytes that were sent.
    func lost(of acknowledged: [String: String]) -> [String] {
        let stored = Dictionary(instances.map { ($0.uid, $0) }, uniquingKeysWith: { $1 })
        return acknowledged.keys.filter { uid in
            stored[uid]?.state != "stored" || stored[uid]?.sha256 != acknowledged[uid]
        }
    }
}
