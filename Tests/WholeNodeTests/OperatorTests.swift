import Foundation
import Testing

extension WholeNodeTests {
    /// What an administrator does with the queue, with the daemon up and down.
    @Suite struct Operator {
        @Test("The queue is paused, ordered, cancelled and resumed by commands, and mended while the daemon is down")
        func queue() throws {
            let pacs = try PACSPeer()
            let node = try TestNode(TestNode.Settings(destinations: [("pacs", pacs.port, "")]))
            #expect(try node.command(["queue", "pause"]).output == "the queue is paused\n")
            try node.send(Phantom.few(in: node.folder), callingAETitle: "FIRST")
            try node.send(Phantom.small(in: node.folder), callingAETitle: "SECOND")
            try eventually("two jobs wait") { try node.jobs().count { $0.state == "ready" } == 2 }
            let second = try job(node, sender: "SECOND")
            let first = try job(node, sender: "FIRST")
            #expect(try node.command(["queue", "prioritize", "\(second.id)", "7"]).status == 0)
            #expect(try job(node, sender: "SECOND").priority == 7)
            #expect(try node.command(["queue", "cancel", "\(first.id)"]).status == 0)
            Thread.sleep(forTimeInterval: 1)
            #expect(try node.jobs().map(\.state).sorted() == ["cancelled", "ready"])
            #expect(try node.command(["queue", "resume"]).output == "the queue goes on\n")
            #expect(try node.finishedJob(of: second.seriesInstanceUID).state == "done")

            #expect(try node.stop() == 0)
            try checkWhileDown(node, cancelled: first, done: second)
            try node.start()
            try eventually("the cancelled job is done after all") { try job(node, sender: "FIRST").state == "done" }
            #expect(pacs.stores.count == 2)
        }

        private func job(_ node: TestNode, sender: String) throws -> Job {
            let listed = try node.command(["queue", "list", "--sender", sender, "--since", "1h", "--json"])
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let jobs = try decoder.decode([Job].self, from: listed.outputData)
            try #require(jobs.count == 1)
            return jobs[0]
        }

        private func checkWhileDown(_ node: TestNode, cancelled: Job, done: Job) throws {
            func lines(_ arguments: String...) throws -> [Substring] {
                try node.command(arguments).output.split(separator: "\n").dropFirst().map { $0 }
            }
            #expect(try lines("queue", "list").count == 2)
            #expect(try lines("queue", "list", "--limit", "1").count == 1)
            #expect(try lines("queue", "list", "--state", "done", "--pipeline", "lung nodules").count == 1)
            #expect(try lines("queue", "list", "--pipeline", "another").isEmpty)
            #expect(try lines("studies").count == 2)
            #expect(try lines("studies", "--series", "--sender", "FIRST").count == 1)
            #expect(try lines("deliveries", "list", "--state", "sent", "--job", "\(done.id)").count == 2)
            let shown = try node.command(["queue", "show", "\(done.id)"]).output
            for part in ["Lung nodule 1", "HISTORY", "DELIVERIES", "expected images are here"] {
                #expect(shown.contains(part), "\(part)")
            }
            let ended = try node.command(["queue", "cancel", "\(done.id)"])
            #expect(ended.status == 1)
            #expect(!ended.error.isEmpty)
            #expect(try node.command(["queue", "retry", "\(cancelled.id)"]).status == 0)
        }

        @Test("SIGHUP reads the peers again; a file with problems changes nothing")
        func reload() throws {
            let node = try TestNode(TestNode.Settings(acceptUnknownPeers: false, hasPipeline: false))
            func isAccepted() throws -> Bool {
                let peer = "FOVEA@127.0.0.1:\(node.port)"
                return try fovea(["echo", peer, "--calling-ae-title", "NEW"], in: node.folder).status == 0
            }
            #expect(try !isAccepted())
            try node.writeConfiguration { $0.tables = "[[peers]]\nae_title = \"NEW\"\n" }
            node.process.signal(SIGHUP)
            try eventually("the new peer is accepted") { try isAccepted() }
            try node.writeConfiguration { $0.tables = "[[peers]]\nae_titel = \"NEW\"\n" }
            node.process.signal(SIGHUP)
            try eventually("the log tells of the problem") { node.log.contains("unknown key; did you mean ae_title?") }
            #expect(try isAccepted())
        }

        @Test("send and echo say how it went, and their exit codes too")
        func sendAndEcho() throws {
            let node = try TestNode(TestNode.Settings(hasPipeline: false))
            let series = try Phantom.few(in: node.folder)
            #expect(try fovea(["echo", "FOVEA@127.0.0.1:\(node.port)"], in: node.folder).status == 0)
            #expect(try fovea(["echo", "WRONG@127.0.0.1:\(node.port)"], in: node.folder).status == 1)
            let sent = try fovea(["send", "FOVEA@127.0.0.1:\(node.port)", series.path], in: node.folder)
            #expect(sent.status == 0)
            #expect(sent.output.hasPrefix("12 of 12 objects sent"))
            #expect(try node.series().map(\.instanceCount) == [12])

            let pacs = try PACSPeer(.half)
            let half = try fovea(["send", "PACS@127.0.0.1:\(pacs.port)", series.path], in: node.folder)
            #expect(half.status == 1)
            #expect(half.output.hasPrefix("6 of 12 objects sent"))
        }

        @Test("The smallest useful configuration works as it stands")
        func smallestConfiguration() throws {
            let folder = try ScratchFolder()
            let file = folder.url.appending(path: "fovea.toml")
            try Self.example.write(to: file, atomically: true, encoding: .utf8)
            let result = try fovea(["check-config", file.path], in: folder)
            #expect(result.status == 0, "\(result.error)")
            #expect(result.output.contains("FOVEA on 0.0.0.0:11112, 1 peers, 1 destinations, 1 pipelines"))
        }

        private static let example = """
            [node]
            ae_title = "FOVEA"
            address = "0.0.0.0"
            port = 11112
            data_directory = "/var/lib/fovea"
            models_directory = "/usr/share/fovea/models"
            accept_unknown_peers = false      # true: any calling AE title from anywhere (said loudly in the log)

            [[peers]]                         # who may send
            ae_title = "CT1"
            host = "192.0.2.7"                # optional

            [[destinations]]                  # where results go
            name = "pacs"
            ae_title = "PACS"
            host = "127.0.0.1"
            port = 4242

            [[pipelines]]                     # what is done with which series
            name = "lung nodules"
            model = "lung-nodules"
            modality = ["CT"]
            send_to = ["pacs"]
            """
    }
}
