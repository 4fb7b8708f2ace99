public import ArgumentParser
import Foundation
import Logging
import Node

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the node in the foreground.",
        discussion: """
            Logs go to stderr. SIGTERM drains and stops; SIGHUP reads peers, destinations and pipelines again.
            """)

    @Option(help: "The configuration file (see `fovea check-config`).")
    var config: String

    @Option(help: "text or json; the configuration's [log] format if not given.")
    var logFormat: NodeLogHandler.Format?

    func run() async throws {
        let configuration = try Configuration(contentsOf: config)
        let handler = NodeLogHandler(
            level: configuration.log.loggerLevel, format: logFormat ?? configuration.log.format)
        let logger = Logger(label: "fovea") { _ in handler }
        let node = try FoveaNode(configuration: configuration, file: config, logger: logger)
        try await node.run()
    }
}

extension NodeLogHandler.Format: ExpressibleByArgument {}
