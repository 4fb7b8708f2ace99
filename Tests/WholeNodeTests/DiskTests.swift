import Foundation
import Testing

extension WholeNodeTests {
    /// Disks that fill up or fail under the node, and databases that are not what they were.
    @Suite struct Disks {
        private static let outOfResources = 0xA700
        private static let processingFailure = 0x0110

        private static func node(
            on kind: (URL, ScratchFolder) throws -> MountedFolder, marks: (Int, Int) = (0, 0)
        ) throws -> (TestNode, MountedFolder) {
            let limits = "[limits]\ndisk_refuse_associations_mb = \(marks.0)\ndisk_refuse_objects_mb = \(marks.1)"
            let node = try TestNode(TestNode.Settings(hasPipeline: false, tables: limits), start: false)
            let disk = try kind(node.folder.folder("data"), node.folder)
            try node.start()
            return (node, disk)
        }

        @Test(
            "Below the first mark associations are refused, below the second objects; with more room all goes on",
            .enabled(if: MountedFolder.isPossible, "only root can mount"))
        func watermarks() throws {
            let series = try Phantom.chest.get().folder
            let (node, disk) = try Self.node(
                on: { try MountedFolder(memoryMegabytes: 48, at: $0, in: $1) }, marks: (24, 12))
            let first = try SenderPeer.once(series, to: node)
            #expect(!first.acknowledged.isEmpty)
            #expect(!first.refusals.isEmpty && first.refusals.allSatisfy { $0 == Self.outOfResources })
            let free = try disk.url.resourceValues(forKeys: [.volumeAvailableCapacityKey]).volumeAvailableCapacity ?? 0
            #expect(free > 10 << 20)

            let second = try SenderPeer.once(series, to: node)
            let rejection = try #require(second.events.first { $0.event == "rejected" })
            // Rejected for now, by the service provider (presentation): temporary congestion (PS3.8 table 9-21).
            #expect([rejection.result, rejection.source, rejection.reason] == [2, 3, 1])
            #expect(node.process.isRunning)

            try disk.remount("size=160m")
            let third = try SenderPeer([series], to: node).finished()
            #expect(third.acknowledged.count == ScratchFolder.files(below: series).count)
            #expect(try ArchiveContents(node).lost(of: first.acknowledged.merging(third.acknowledged) { $1 }) == [])
            #expect(try node.stop() == 0)
        }

        @Test(
            "Without marks a full disk is 0xA700, and nothing acknowledged suffers",
            .enabled(if: MountedFolder.isPossible, "only root can mount"))
        func full() throws {
            let series = try Phantom.chest.get().folder
            let (node, disk) = try Self.node(on: { try MountedFolder(memoryMegabytes: 16, at: $0, in: $1) })
            let first = try SenderPeer.once(series, to: node)
            #expect(!first.acknowledged.isEmpty)
            #expect(!first.refusals.isEmpty && first.refusals.allSatisfy { $0 == Self.outOfResources })
            #expect(try ArchiveContents(node).lost(of: first.acknowledged) == [])
            #expect(ScratchFolder.files(below: node.dataDirectory.appending(path: "spool")).isEmpty)
            #expect(node.process.isRunning)

            try disk.remount("size=160m")
            let second = try SenderPeer([series], to: node).finished()
            #expect(try ArchiveContents(node).lost(of: first.acknowledged.merging(second.acknowledged) { $1 }) == [])
            #expect(try node.stop() == 0)
        }

        @Test(
            "A disk that turns read-only gives defined answers; what was acknowledged is there after the repair",
            .enabled(if: MountedFolder.canFail, "only root can mount, and loop devices are needed"))
        func failing() throws {
            let (node, disk) = try Self.node(on: { try MountedFolder(diskMegabytes: 64, at: $0, in: $1) })
            let series = try Phantom.small(copies: 2, in: node.folder)
            let before = try SenderPeer([series[0]], to: node).finished()
            #expect(before.acknowledged.count == ScratchFolder.files(below: series[0]).count)
            try disk.failDisk()
            let after = try SenderPeer.once(series[1], to: node)
            #expect(after.acknowledged.isEmpty)
            #expect(after.refusals.count == ScratchFolder.files(below: series[1]).count)
            #expect(Set(after.refusals).isSubset(of: [Self.outOfResources, Self.processingFailure]))
            #expect(node.process.isRunning)
            #expect(node.log.contains("cannot be written"))
            #expect(try node.stop() == 0)

            try disk.repair()
            try node.start()
            try SenderPeer([series[1]], to: node).finished()
            #expect(try ArchiveContents(node).lost(of: before.acknowledged) == [])
        }

        @Test(
            "A read-only data directory is refused at start-up, with advice",
            .enabled(if: MountedFolder.isPossible, "only root can mount"))
        func readOnlyAtStart() throws {
            let (node, disk) = try Self.node(on: { try MountedFolder(memoryMegabytes: 16, at: $0, in: $1) })
            try node.stop()
            try disk.remount("ro")
            let result = try run(Repository.fovea, ["serve", "--config", node.configurationFile.path], in: node.folder)
            #expect(result.status == 1)
            #expect(result.error.contains("cannot be written: check its mount and its owner"))
        }

        /// What happens to a database while the node is down.
        enum Damage: String, CaseIterable {
            case garbage, garbageInside, truncated, empty, gone, newerSchema
        }

        @Test("A damaged database: no start, but advice; nothing is overwritten", arguments: Damage.allCases)
        func damaged(_ damage: Damage) throws {
            let node = try TestNode(TestNode.Settings(hasPipeline: false))
            let series = try Phantom.small(copies: 1, in: node.folder)
            let acknowledged = try SenderPeer(series, to: node).finished().acknowledged
            #expect(try node.stop() == 0)
            try checkpoint(node)
            try inflict(damage, on: node.dataDirectory.appending(path: "archive.sqlite"), node.folder)
            // GRDB writes into a WAL of its own when it opens a sound database: there only the files must be the same.
            let kept = damage == .newerSchema ? node.dataDirectory.appending(path: "store") : node.dataDirectory
            let before = try snapshot(kept)

            let result = try run(Repository.fovea, ["serve", "--config", node.configurationFile.path], in: node.folder)
            #expect(result.status == 1)
            #expect(result.error.contains(node.dataDirectory.appending(path: "archive.sqlite").path))
            #expect(result.error.contains("Nothing was changed"))
            #expect(result.error.localizedCaseInsensitiveContains("restore"))
            #expect(try snapshot(kept) == before)
            if damage == .newerSchema { #expect(try ArchiveContents(node).lost(of: acknowledged) == []) }
        }

        /// Moves everything from the WAL into the database, as its last reader does when it leaves: with a whole WAL
        /// beside it a damaged database is no loss.
        private func checkpoint(_ node: TestNode) throws {
            _ = try ArchiveContents(node)
            let log = node.dataDirectory.appending(path: "archive.sqlite-wal")
            try #require(!FileManager.default.fileExists(atPath: log.path))
        }

        private func inflict(_ damage: Damage, on file: URL, _ folder: ScratchFolder) throws {
            var bytes = try Data(contentsOf: file)
            switch damage {
            case .garbage: bytes = Data((0..<bytes.count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) })
            case .garbageInside:
                for index in 4096..<bytes.count / 2 { bytes[index] = UInt8(truncatingIfNeeded: index &* 37 &+ 11) }
            case .truncated: bytes = bytes.prefix(bytes.count / 2)
            case .empty: bytes = Data()
            case .gone: return try FileManager.default.removeItem(at: file)
            case .newerSchema:
                let program = """
                    import sqlite3, sys
                    database = sqlite3.connect(sys.argv[1])
                    database.execute("INSERT INTO grdb_migrations VALUES ('v1000')")
                    database.commit()
                    database.close()
                    """
                let result = try run(Repository.python, ["-c", program, file.path], in: folder)
                try #require(result.status == 0, "\(result.error)")
                return
            }
            try bytes.write(to: file)
        }

        /// The content of every file, but for SQLite's shared memory, which any reader makes.
        private func snapshot(_ folder: URL) throws -> [String: Data] {
            let files = ScratchFolder.files(below: folder).filter { !$0.path.hasSuffix("-shm") }
            return try Dictionary(uniqueKeysWithValues: files.map { ($0.path, try Data(contentsOf: $0)) })
                .filter { !($0.key.hasSuffix("-wal") && $0.value.isEmpty) }
        }
    }
}
