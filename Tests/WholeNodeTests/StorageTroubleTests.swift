import Foundation
import Testing

extension WholeNodeTests {
    /// Disks that are full or read-only, and a database that is damaged.
    @Suite struct StorageTrouble {
        @Test("Below the first watermark associations are rejected for now: temporary congestion (PS3.8 §9.3.4)")
        func watermark() throws {
            let limits = "[limits]\ndisk_refuse_associations_mb = 100000000"
            let node = try TestNode(TestNode.Settings(hasPipeline: false, tables: limits))
            let answer = try StorageClient(node: node).echo()
            #expect([answer.result, answer.source, answer.reason] == [2, 3, 1])
        }

        @Test("A damaged database is named and left as it is, and the node does not start")
        func damagedDatabase() throws {
            let node = try TestNode(TestNode.Settings(hasPipeline: false))
            try node.send(Phantom.few(in: node.folder))
            #expect(try node.stop() == 0)
            let database = node.dataDirectory.appending(path: "archive.sqlite")
            // Without its log, which holds the latest pages and would put them right.
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: database.path + suffix) }
            let bytes = Data((0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 73) })
            try bytes.write(to: database)
            let served = try fovea(["serve", "--config", node.configurationFile.path], in: node.folder)
            #expect(served.status == 1)
            #expect(served.error.contains("archive.sqlite"))
            #expect(try Data(contentsOf: database) == bytes)
            #expect(try node.command(["queue", "list"]).status == 1)
        }

        /// A mount of its own over the data directory, in a namespace that ends with the node.
        private static func mounting(_ options: String, _ directory: URL) -> [String] {
            let script = "mount -t tmpfs -o \(options) none \(directory.path) && exec \"$@\""
            return ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
        }

        private static let canMount: Bool = {
            guard Repository.hasTool("unshare"), let folder = try? ScratchFolder() else { return false }
            let launcher = mounting("size=1m", folder.url)
            return (try? run(launcher[0], launcher.dropFirst() + ["true"], in: folder).status) == 0
        }()

        @Test(
            "On a full disk objects are refused, what was acknowledged stays, and the node goes on",
            .enabled(if: canMount))
        func fullDisk() throws {
            let limits = "[limits]\ndisk_refuse_associations_mb = 0\ndisk_refuse_objects_mb = 0"
            let node = try TestNode(TestNode.Settings(hasPipeline: false, tables: limits), start: false)
            _ = try node.folder.folder("data")
            try node.start(through: Self.mounting("size=6m", node.dataDirectory))
            var accepted = 0
            var refused = 0
            for _ in 0..<2 {
                let sent = try node.send(Phantom.small(in: node.folder))
                let lines = (sent.output + sent.error).split(separator: "\n")
                let answers = lines.filter { $0.contains("Received C-STORE Response") }
                accepted += answers.count { $0.contains("Success") }
                refused += answers.count { $0.contains("OutOfResources") }
            }
            #expect(accepted > 0)
            #expect(refused > 0)
            // Without room for the database's own bookkeeping it may close its doors, but it goes on.
            let echo = try StorageClient(node: node).echo()
            #expect(echo.status == 0 || [echo.result, echo.source, echo.reason] == [2, 3, 1])
            #expect(node.process.isRunning)
            let mounted = "/proc/\(node.process.identifier)/root\(node.dataDirectory.path)/store"
            #expect(ScratchFolder.files(below: URL(filePath: mounted)).count == accepted)
        }

        @Test("On a read-only disk the node does not start, and says why", .enabled(if: canMount))
        func readOnlyDisk() throws {
            let node = try TestNode(TestNode.Settings(hasPipeline: false), start: false)
            _ = try node.folder.folder("data")
            let command = Self.mounting("ro", node.dataDirectory)
            let served = try run(
                command[0], command.dropFirst() + [Repository.fovea, "serve", "--config", node.configurationFile.path],
                in: node.folder, within: 20)
            #expect(served.status == 1)
            #expect(served.error.contains("Read-only"), "\(served.error)")
        }
    }
}
