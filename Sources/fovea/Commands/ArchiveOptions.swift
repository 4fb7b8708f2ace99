import Archive
import ArgumentParser
import Foundation
import Node

/// Where the archive of a node lies: the commands open it themselves, also while the daemon is down.
struct ArchiveOptions: ParsableArguments {
    @Option(help: "The node's configuration file, which names the data directory.")
    var config = "/etc/fovea/fovea.toml"

    @Option(help: "The data directory itself, instead of a configuration file.")
    var dataDirectory: String?

    func open() throws -> Archive {
        let directory = try dataDirectory ?? Configuration(contentsOf: config).node.dataDirectory
        guard FileManager.default.fileExists(atPath: directory) else {
            throw CommandFailure(
                "no data directory at \(directory); is the node's configuration elsewhere (--config)?", code: .usage)
        }
        return try Archive(directory: URL(filePath: directory, directoryHint: .isDirectory), access: .tool)
    }
}
