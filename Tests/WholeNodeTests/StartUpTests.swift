import Foundation
import Testing

extension WholeNodeTests {
    /// What a node finds in its data directory when it starts.
    @Suite struct StartUp {
        private func stoppedNode() throws -> (TestNode, URL, [String: String]) {
            let node = try TestNode(TestNode.Settings(hasPipeline: false))
            let series = try Phantom.small(copies: 1, in: node.folder)[0]
            let acknowledged = try SenderPeer([series], to: node).finished().acknowledged
            try #require(try node.stop() == 0)
            return (node, series, acknowledged)
        }

        private func files(_ node: TestNode, _ folder: String) -> [URL] {
            ScratchFolder.files(below: node.dataDirectory.appending(path: folder))
        }

        @Test("Unfinished receptions are removed from the spool")
        func spool() throws {
            let (node, _, acknowledged) = try stoppedNode()
            let spool = node.dataDirectory.appending(path: "spool")
            for name in ["a.part", "b.part"] { try Data(count: 1000).write(to: spool.appending(path: name)) }
            try node.start()
            #expect(files(node, "spool").isEmpty)
            #expect(node.log.contains("removedSpoolFiles: 2"))
            #expect(try ArchiveContents(node).lost(of: acknowledged) == [])
        }

        @Test("A file without a row goes into quarantine, and the object can still be received")
        func orphan() throws {
            let (node, _, acknowledged) = try stoppedNode()
            let other = try Phantom.small(copies: 1, in: node.folder)[0]
            let digest = String(repeating: "ab", count: 32)
            let orphan = node.dataDirectory.appending(path: "store/ab/\(digest).dcm")
            try FileManager.default.copyItem(at: ScratchFolder.files(below: other)[0], to: orphan)
            try node.start()
            #expect(!FileManager.default.fileExists(atPath: orphan.path))
            let contents = try ArchiveContents(node)
            #expect(contents.quarantined.map(\.reason) == ["orphan"])
            #expect(contents.quarantined.allSatisfy { $0.exists })
            #expect(contents.lost(of: acknowledged) == [])
            let sent = try SenderPeer([other], to: node).finished()
            #expect(try ArchiveContents(node).lost(of: sent.acknowledged) == [])
        }

        @Test("A row without a file is marked as missing, said, and healed when the object comes again")
        func missing() throws {
            let (node, series, acknowledged) = try stoppedNode()
            try FileManager.default.removeItem(at: files(node, "store")[0])
            try node.start()
            #expect(node.log.contains("missingFiles: 1"))
            let contents = try ArchiveContents(node)
            #expect(contents.instances.count { $0.state == "missing" } == 1)
            #expect(contents.instances.count == acknowledged.count)
            let again = try SenderPeer([series], to: node).finished()
            #expect(again.acknowledged.count == acknowledged.count)
            #expect(try ArchiveContents(node).lost(of: acknowledged) == [])
        }

        @Test("A second daemon on the same directory is refused, and the first goes on")
        func second() throws {
            let node = try TestNode(TestNode.Settings(hasPipeline: false))
            let result = try run(Repository.fovea, ["serve", "--config", node.configurationFile.path], in: node.folder)
            #expect(result.status == 1)
            #expect(result.error.contains("another Fovea daemon serves this data directory"))
            let series = try Phantom.small(copies: 1, in: node.folder)[0]
            let sender = try SenderPeer([series], to: node).finished()
            #expect(try ArchiveContents(node).lost(of: sender.acknowledged) == [])
        }
    }
}
