import Foundation
import Testing

/// The built binary, with commands that need no model and no network.
@Suite struct CommandLineTests {
    static func fovea(_ arguments: String..., in folder: ScratchFolder) throws -> ProcessResult {
        try run(Repository.fovea, arguments, in: folder)
    }

    @Test("help is there for every command", arguments: [
        "serve", "segment", "queue", "studies", "deliveries", "send", "echo", "check-config", "model", "phantom",
    ])
    func help(command: String) throws {
        let folder = try ScratchFolder()
        let result = try Self.fovea(command, "--help", in: folder)
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("OVERVIEW: "))
        #expect(try Self.fovea("--help", in: folder).output.contains("  \(command) "))
    }

    @Test("bad usage exits with 2 and says so on stderr", arguments: [
        ["bogus"], ["queue", "show", "x"], ["segment"], ["echo", "nowhere"], ["queue", "list", "--state", "tired"],
        ["studies", "--since", "yesterday"], ["queue", "list", "--data-directory", "/nonexistent"],
    ])
    func usage(arguments: [String]) throws {
        let folder = try ScratchFolder()
        let result = try run(Repository.fovea, arguments, in: folder)
        #expect(result.status == 2)
        #expect(!result.error.isEmpty)
        #expect(result.output.isEmpty)
    }

    @Test("check-config tells every problem with its line and exits with 1") func checkConfig() throws {
        let folder = try ScratchFolder()
        let file = folder.url.appending(path: "fovea.toml")
        try "[node]\nprot = 1\nport = 99999\n".write(to: file, atomically: true, encoding: .utf8)
        let result = try Self.fovea("check-config", file.path, in: folder)
        #expect(result.status == 1)
        #expect(result.error.contains("line 2: node.prot: unknown key; did you mean port?"))
        #expect(result.error.contains("line 3: node.port"))
    }

    @Test("check-config accepts the shipped file") func shipped() throws {
        let folder = try ScratchFolder()
        let file = Repository.root.appending(path: "etc/fovea.toml").path
        #expect(try Self.fovea("check-config", file, in: folder).status == 0)
    }

    /// A data directory with an empty database, as a node makes it.
    static func emptyArchive(in folder: ScratchFolder) throws -> String {
        let node = try TestNode(TestNode.Settings(hasPipeline: false), in: folder)
        try node.stop()
        return node.dataDirectory.path
    }

    @Test("an empty queue is an empty array", arguments: [["queue", "list"], ["studies"], ["deliveries", "list"]])
    func emptyArchive(command: [String]) throws {
        let folder = try ScratchFolder()
        let data = try Self.emptyArchive(in: folder)
        let result = try run(Repository.fovea, command + ["--json", "--data-directory", data], in: folder)
        #expect(result.status == 0)
        let array = try JSONSerialization.jsonObject(with: result.outputData) as? [Any]
        #expect(array?.isEmpty == true)
    }

    @Test("a job that does not exist fails with 1") func noJob() throws {
        let folder = try ScratchFolder()
        let data = try Self.emptyArchive(in: folder)
        #expect(try Self.fovea("queue", "show", "7", "--data-directory", data, in: folder).status == 1)
        #expect(try Self.fovea("queue", "retry", "7", "--data-directory", data, in: folder).status == 1)
    }

    @Test("an echo to nobody fails with 1") func echo() throws {
        let folder = try ScratchFolder()
        let result = try Self.fovea("echo", "PACS@127.0.0.1:\(try Loopback.freePort())", in: folder)
        #expect(result.status == 1)
        #expect(result.error.hasPrefix("fovea: "))
    }

    @Test("segment without images or model fails with 1") func segment() throws {
        let folder = try ScratchFolder()
        let empty = try folder.folder("empty")
        let output = folder.url.appending(path: "out").path
        let result = try Self.fovea("segment", "--model", "x", "--output", output, "--json", empty.path, in: folder)
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
    }
}
