import ArgumentParser
import Foundation
import Models
import Workflow

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Look at model packages, time networks and run them on arrays.",
        subcommands: [
            ModelListCommand.self, ModelShowCommand.self, ModelVerifyCommand.self, ModelBenchCommand.self,
            ModelRunCommand.self,
        ])
}

/// Where model packages are looked for.
struct ModelOptions: ParsableArguments {
    @Option(
        help: "The folder of the model packages; default: $FOVEA_MODELS, else those installed with us, else ./Models.")
    var modelsDirectory: String?

    var directory: URL {
        let fallback = FileManager.default.fileExists(atPath: Self.installed) ? Self.installed : "Models"
        let path = modelsDirectory ?? ProcessInfo.processInfo.environment["FOVEA_MODELS"] ?? fallback
        return URL(filePath: path, directoryHint: .isDirectory)
    }

    /// PREFIX/share/fovea/models, seen from PREFIX/bin/fovea.
    private static let installed = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .appending(path: "../../share/fovea/models").standardized.path

    /// A library for looking; nothing is run with it.
    var library: ModelLibrary { ModelLibrary(directory: directory, resources: ComputeResources(threads: 1)) }
}

struct ModelListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the installed packages.")

    @OptionGroup var options: ModelOptions

    func run() throws {
        let library = options.library
        var table = TextTable(("NAME", .left), ("VERSION", .left), ("ARCHITECTURE", .left), ("TITLE", .left))
        var damaged: [String] = []
        for name in library.names() {
            do {
                let manifest = try library.package(name).manifest
                table.add(name, manifest.version, manifest.architecture.name, manifest.title)
            } catch {
                damaged.append("\(name): \(error)")
            }
        }
        print(table.text)
        guard damaged.isEmpty else { throw CommandFailure(damaged.joined(separator: "\n")) }
    }
}

struct ModelShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a package: what it is for, where it comes from, what was measured.")

    @OptionGroup var options: ModelOptions

    @Argument(help: "The name of a package, or the path of one.")
    var model: String

    func run() throws {
        let package = try options.library.package(model)
        let manifest = package.manifest
        print("\(manifest.name) \(manifest.version): \(manifest.title)")
        print("architecture: \(manifest.architecture.name)")
        print("modality: \(manifest.input.modality.joined(separator: ", "))")
        print("finds: \(manifest.labels.map(\.label).joined(separator: ", "))")
        print("intended use: \(manifest.intendedUse)")
        print("digest: \(package.digest)")
        print("trained on: \(manifest.provenance.data.map { "\($0.name) (\($0.licence))" }.joined(separator: ", "))")
        var table = TextTable(("DATA", .left), ("METRIC", .left), ("VALUE", .right))
        for figure in manifest.measured { table.add(figure.data, figure.metric, "\(figure.value)") }
        print("\n\(table.text)")
    }
}

struct ModelVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check packages completely: manifest, digests, tensors.")

    @OptionGroup var options: ModelOptions

    @Argument(help: "Names of packages, or paths (with a /); all installed ones if none are given.")
    var models: [String] = []

    func run() throws {
        let library = options.library
        let names = models.isEmpty ? library.names() : models
        guard !names.isEmpty else { throw CommandFailure("no model packages in \(options.directory.path)") }
        var isDamaged = false
        for name in names {
            do {
                print("\(name): good, \(try library.package(name).digest)")
            } catch {
                isDamaged = true
                Terminal.complain("\(name): \(error)")
            }
        }
        if isDamaged { throw ExitCode.failure }
    }
}
