import Foundation

/// Where the tests find the built binary, the Python peers and the real scans.
enum Repository {
    static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized
    /// The binary under test: the one that `make` builds, or another by FOVEA_BINARY, such as an installed one.
    static let fovea =
        ProcessInfo.processInfo.environment["FOVEA_BINARY"] ?? root.appending(path: ".build/release/fovea").path
    static let models = root.appending(path: "Models")
    /// The package that is shipped.
    static let lungNodules = models.appending(path: "lung-nodules").path
    static let peers = root.appending(path: "Tests/Peers")
    static let python = root.appending(path: ".venv/bin/python").path

    /// The folder of a real data set, or nil where it is not at hand.
    static func testData(_ set: String) -> URL? {
        let environment = ProcessInfo.processInfo.environment
        let base =
            environment["FOVEA_TEST_DATA"].map { URL(filePath: $0) }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/fovea-test-data")
        let folder = base.appending(path: set)
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }

    /// The published LowRes checkpoint and its mask, for verification only; nil where they are not at hand.
    static func verificationWeights(_ name: String) -> URL? {
        let file = root.appending(path: "../shared/weights/\(name)").standardized
        return FileManager.default.fileExists(atPath: file.path) ? file : nil
    }

    static var hasPython: Bool { FileManager.default.isExecutableFile(atPath: python) }

    static func hasTool(_ name: String) -> Bool { tool(name) != nil }

    /// The path of a command-line tool of a peer, or nil if it is not installed.
    static func tool(_ name: String) -> String? {
        ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/bin", "/sbin"].map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
