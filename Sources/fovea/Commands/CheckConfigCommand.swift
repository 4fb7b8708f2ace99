import ArgumentParser
import Foundation
import Models
import Node
import Workflow

struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Check a configuration file.",
        discussion: "Names every problem with its line and what to write instead. Exits with 1 if the file is refused.")

    @Argument(help: "The configuration file.")
    var file: String

    func run() throws {
        let configuration: Configuration
        do {
            configuration = try Configuration(contentsOf: file)
        } catch let error as ConfigurationError {
            throw CommandFailure("\(error)")
        }
        for warning in configuration.warnings.map(\.description) + missingModels(configuration) {
            print("\(file): warning: \(warning)")
        }
        print("\(file): good: \(summary(configuration))")
    }

    private func summary(_ configuration: Configuration) -> String {
        let node = configuration.node
        return "\(node.aeTitle) on \(node.address):\(node.port), \(configuration.peers.count) peers, "
            + "\(configuration.destinations.count) destinations, \(configuration.pipelines.count) pipelines"
    }

    /// Only warned of, since a file may be checked on another machine.
    private func missingModels(_ configuration: Configuration) -> [String] {
        let library = ModelLibrary(directory: configuration.modelsDirectory, resources: ComputeResources(threads: 1))
        return configuration.pipelines.compactMap { pipeline in
            do {
                _ = try library.package(pipeline.model)
                return nil
            } catch {
                return
                    "pipeline \(pipeline.name): model \(pipeline.model) in "
                    + "\(configuration.node.modelsDirectory): \(error)"
            }
        }
    }
}
