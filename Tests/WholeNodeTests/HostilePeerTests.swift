import Foundation
import Testing

extension WholeNodeTests {
    /// Peers that break rules: each gets a defined answer, and none keeps the node from serving the others.
    @Suite struct HostilePeers {
        /// A node that only receives, and a file for it.
        private func receiver(_ tables: String = "") throws -> (node: TestNode, file: URL) {
            var settings = TestNode.Settings(hasPipeline: false)
            settings.tables = tables
            let node = try TestNode(settings)
            let series = try Phantom.few(in: node.folder)
            return (node, try #require(ScratchFolder.files(below: series).first))
        }

        /// The node answers within a second, and still stores.
        private func expectHealthy(_ node: TestNode, _ file: URL) throws {
            let echo = try StorageClient(node: node).echo()
            #expect(echo.status == 0)
            #expect(try #require(echo.seconds) < 1)
            #expect(try StorageClient(node: node).store(file).status == 0)
            #expect(node.process.isRunning)
        }

        @Test("Twenty clients that connect and say nothing")
        func silentClients() throws {
            let (node, file) = try receiver()
            let silent = try (0..<20).map { _ in try Loopback.connect(to: node.port) }
            defer { silent.forEach { close($0) } }
            try expectHealthy(node, file)
        }

        @Test("A TLS hello, an HTTP request and noise on the plain port")
        func otherProtocols() throws {
            let (node, file) = try receiver()
            let noise = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
            let greetings = [
                [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03],
                Array("GET / HTTP/1.1\r\n\r\n".utf8), noise,
                [0x01, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x01],
            ]
            for greeting in greetings {
                let descriptor = try Loopback.connect(to: node.port)
                Loopback.send(greeting, to: descriptor)
                try expectHealthy(node, file)
                close(descriptor)
            }
        }

        @Test("An association aborted in mid-object leaves nothing behind")
        func abort() throws {
            let (node, file) = try receiver()
            _ = try StorageClient(node: node).abort(file)
            try eventually("the spool is empty") {
                ScratchFolder.files(below: node.dataDirectory.appending(path: "spool")).isEmpty
            }
            #expect(try node.series().isEmpty)
            try expectHealthy(node, file)
        }

        /// A C-STORE that must be refused, and how.
        struct Refusal: Sendable, CustomTestStringConvertible {
            let what: String
            let options: [String]
            let status: Int

            var testDescription: String { what }
        }

        static let refusals = [
            Refusal(what: "a UID with slashes", options: ["--command-uid", "1.2/3.4"], status: 0x0117),
            Refusal(what: "a UID that climbs", options: ["--command-uid", "../../../../tmp/fovea"], status: 0x0117),
            Refusal(what: "UIDs that differ", options: ["--command-uid", "1.2.3.4"], status: 0xA900),
            Refusal(what: "a truncated data set", options: ["--truncate", "9000"], status: 0xC000),
            Refusal(what: "bytes that are no data set", options: ["--garbage"], status: 0xC000),
        ]

        @Test(
            "A C-STORE that cannot be right is refused with its status, and the association goes on",
            arguments: refusals)
        func refusedStore(_ refusal: Refusal) throws {
            let (node, file) = try receiver()
            let answer = try StorageClient(node: node).store(file, refusal.options)
            #expect(answer.status == refusal.status)
            #expect(answer.echo == 0)
            #expect(try node.series().isEmpty)
            #expect(ScratchFolder.files(below: node.dataDirectory.appending(path: "spool")).isEmpty)
            try expectHealthy(node, file)
        }

        @Test("Unknown callers, wrong hosts and wrong called titles are rejected with the right reason (PS3.8 §9.3.4)")
        func rejections() throws {
            var settings = TestNode.Settings(acceptUnknownPeers: false, hasPipeline: false)
            settings.tables = """
                [[peers]]
                ae_title = "SCANNER"

                [[peers]]
                ae_title = "ELSEWHERE"
                host = "192.0.2.7"
                """
            let client = StorageClient(node: try TestNode(settings))
            #expect(try client.echo().accepted)
            let strangers = [
                (["--calling", "NOBODY"], 3), (["--calling", "ELSEWHERE"], 3), (["--called", "OTHER"], 7),
            ]
            for (options, reason) in strangers {
                let answer = try client.echo(options)
                #expect(answer.rejected == true)
                #expect([answer.result, answer.source, answer.reason] == [1, 1, reason], "\(options)")
            }
        }

        @Test(
            "A dose report is acknowledged and not kept, or refused where that is configured",
            arguments: ["accept", "refuse"])
        func doseReport(_ choice: String) throws {
            let node = try TestNode(TestNode.Settings(hasPipeline: false), start: false)
            let text = try String(contentsOf: node.configurationFile, encoding: .utf8)
            try text.replacing("[node]", with: "[node]\nother_storage = \"\(choice)\"")
                .write(to: node.configurationFile, atomically: true, encoding: .utf8)
            try node.start()
            let file = try #require(ScratchFolder.files(below: Phantom.few(in: node.folder)).first)
            let answer = try StorageClient(node: node).store(file, ["--sop-class", "1.2.840.10008.5.1.4.1.1.88.67"])
            #expect(answer.context == (choice == "accept"))
            #expect(answer.status == (choice == "accept" ? 0 : nil))
            #expect(try node.series().isEmpty)
            try expectHealthy(node, file)
        }
    }
}
