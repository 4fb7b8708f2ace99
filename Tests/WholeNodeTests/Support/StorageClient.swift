import Foundation

/// A pynetdicom storage SCU that says how it was answered, also when it misbehaves (Tests/Peers/storage_client.py).
struct StorageClient {
    struct Answer: Decodable {
        let accepted: Bool
        let rejected: Bool?
        /// Of an A-ASSOCIATE-RJ (PS3.8 §9.3.4).
        let result: Int?
        let source: Int?
        let reason: Int?
        /// Whether the presentation context was accepted.
        let context: Bool?
        /// Of the response.
        let status: Int?
        /// The status of a C-ECHO on the same association after a C-STORE.
        let echo: Int?
        /// How long the association took.
        let seconds: Double?
    }

    let node: TestNode

    func echo(_ options: [String] = []) throws -> Answer { try run(["echo"], options) }
    func store(_ file: URL, _ options: [String] = []) throws -> Answer { try run(["store", file.path], options) }
    func abort(_ file: URL) throws -> Answer { try run(["abort", file.path], []) }

    private func run(_ action: [String], _ options: [String]) throws -> Answer {
        let output = try runPeer("storage_client.py", action + ["--port", "\(node.port)"] + options, in: node.folder)
        return try JSONDecoder().decode(Answer.self, from: Data(output.utf8))
    }
}
