import Foundation
import Testing

extension WholeNodeTests {
    /// SIGTERM, SIGHUP, and what the service manager is told.
    @Suite struct Signals {
        @Test("SIGTERM during reception: the object in progress is answered, the node ends, nothing is lost")
        func reception() throws {
            let node = try TestNode(TestNode.Settings(hasPipeline: false))
            let series = try Phantom.small(copies: 1, in: node.folder)[0]
            let sender = try SenderPeer([series], to: node, pause: 0.05)
            try eventually("the first acknowledgements") { sender.acknowledged.count > 3 }
            #expect(try node.stop(within: 15) == 0)
            #expect(sender.events.contains { $0.event == "finished" } == false)
            #expect(try ArchiveContents(node).lost(of: sender.acknowledged) == [])

            try node.start()
            try sender.finished()
            #expect(sender.acknowledged.count == ScratchFolder.files(below: series).count)
            #expect(try ArchiveContents(node).lost(of: sender.acknowledged) == [])
        }

        @Test("SIGTERM during inference: the job ends first, and its results leave after the next start")
        func inference() throws {
            let pacs = try PACSPeer()
            let node = try TestNode(TestNode.Settings(destinations: [("pacs", pacs.port, "")]))
            try node.send(Phantom.chest.get().folder)
            try eventually("the job runs") { node.log.contains(", attempt 1") }
            #expect(try node.stop() == 0)
            #expect(try node.jobs().map(\.outcome) == ["findings"])
            try node.start()
            #expect(try node.finishedJob().state == "done")
            #expect(node.log.contains(", attempt ") == false)
            #expect(Set(pacs.stores.map(\.uid)).count == 2)
        }

        @Test("SIGTERM while a destination hangs: the node ends in time, and delivers after the next start")
        func delivery() throws {
            let hanging = try PACSPeer(.hang)
            let node = try TestNode(TestNode.Settings(destinations: [("pacs", hanging.port, "")]))
            try node.send(try Phantom.small(copies: 1, in: node.folder)[0])
            try eventually("the delivery has begun") { try node.deliveries().contains { $0.state == "sending" } }
            #expect(try node.stop(within: 20) == 0)
            try hanging.stop()
            let pacs = try PACSPeer(port: hanging.port)
            try node.start()
            #expect(try node.finishedJob().state == "done")
            #expect(pacs.files.count == 2)
        }

        private static func peers(_ titles: String...) -> String {
            titles.map { "[[peers]]\nae_title = \"\($0)\"\n" }.joined(separator: "\n")
        }

        @Test("SIGHUP takes new peers and destinations, and keeps what it has when the file is broken")
        func reload() throws {
            let (first, second) = (try PACSPeer(), try PACSPeer())
            let node = try TestNode(
                TestNode.Settings(
                    acceptUnknownPeers: false, destinations: [("first", first.port, "")], tables: Self.peers("CT1")))
            let series = try Phantom.small(copies: 3, in: node.folder)
            let rejected = try SenderPeer.once(series[1], to: node, callingAETitle: "CT2")
            // Rejected for good, by the service user: calling AE title not recognized (PS3.8 table 9-21).
            let rejection = try #require(rejected.events.first { $0.event == "rejected" })
            #expect([rejection.result, rejection.source, rejection.reason] == [1, 1, 3])
            try SenderPeer([series[0]], to: node, callingAETitle: "CT1").finished()
            _ = try node.finishedJob()
            #expect(first.files.count == 2 && second.files.isEmpty)

            try node.writeConfiguration {
                $0.tables = Self.peers("CT1", "CT2")
                $0.destinations.append(("second", second.port, ""))
            }
            node.process.signal(SIGHUP)
            try eventually("the new configuration") {
                node.log.contains("configuration read again: 2 peers, 2 destinations")
            }
            try SenderPeer([series[1]], to: node, callingAETitle: "CT2").finished()
            try eventually("both destinations have the results") { first.files.count == 4 && second.files.count == 2 }

            try "[node]\nprot = 1\n".write(to: node.configurationFile, atomically: true, encoding: .utf8)
            node.process.signal(SIGHUP)
            try eventually("the broken file is noticed") { node.log.contains("configuration not changed") }
            try SenderPeer([series[2]], to: node, callingAETitle: "CT2").finished()
            try eventually("both have the next results") { first.files.count == 6 && second.files.count == 4 }
            #expect(try node.stop() == 0)
        }

        @Test("The service manager is told when the node is ready, that it lives, and that it stops")
        func notifications() throws {
            let node = try TestNode(TestNode.Settings(hasPipeline: false), start: false)
            let socket = try NotifySocket(in: node.folder)
            try node.start(environment: ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "800000"])
            var messages: [String] = []
            try eventually("READY=1") {
                messages += socket.messages()
                return messages.contains { $0.hasPrefix("READY=1") }
            }
            #expect(messages.first?.contains("STATUS=listening on 127.0.0.1:\(node.port)") == true)
            // Twice in each period, as sd_watchdog_enabled(3) advises; four periods, with room for a busy machine.
            Thread.sleep(forTimeInterval: 3.2)
            #expect(socket.messages().count { $0 == "WATCHDOG=1" } >= 5)
            #expect(try node.stop() == 0)
            #expect(socket.messages().contains("STOPPING=1"))
        }
    }
}
