import Foundation
import Testing

extension WholeNodeTests {
    /// kill -9 at random moments, with senders that do not give up and a PACS that remembers everything.
    @Suite struct Crashes {
        /// Where in its work a node is struck.
        enum Moment: CaseIterable {
            case reception, inference, delivery

            /// Seconds within which the blow falls once the moment has come.
            var spread: Double {
                switch self {
                case .reception: 0.3
                case .inference: 0.3
                case .delivery: 0.1
                }
            }
        }

        private static let kills = 51
        /// How many of them must have struck each kind of work.
        private static let leastOfEach = 8
        private static let senders = 2
        private static let seriesOfEach = 20

        @Test("After fifty kills nothing acknowledged is lost, and each series has one answer at the PACS")
        func kills() throws {
            var random = SeededGenerator.forTests()
            let pacs = try PACSPeer(delaySeconds: 0.2)  // long enough deliveries to be struck
            let node = try TestNode(settings(pacs))
            let series = try Phantom.small(copies: Self.senders * Self.seriesOfEach, in: node.folder)
            let senders = try (0..<Self.senders).map { number in
                try SenderPeer(
                    Array(series[number * Self.seriesOfEach..<(number + 1) * Self.seriesOfEach]), to: node,
                    callingAETitle: "SENDER\(number)", pause: 0.05)
            }
            var struck: [Moment: Int] = [:]
            for _ in 0..<Self.kills {
                // How long each kind of work lasts depends on the machine: the blow goes to what was struck least.
                let moment = Moment.allCases.min { struck[$0, default: 0] < struck[$1, default: 0] } ?? .reception
                let before = senders.map(\.acknowledged.count)
                try wait(for: moment, node, senders)
                Thread.sleep(forTimeInterval: .random(in: 0..<moment.spread, using: &random))
                try node.kill()
                let isReceiving = zip(senders, before).contains { $0.process.isRunning && $0.acknowledged.count > $1 }
                for moment in try work(under: node, isReceiving) { struck[moment, default: 0] += 1 }
                try node.start()
            }
            print("kills that struck: \(struck)")
            for moment in Moment.allCases { #expect(struck[moment, default: 0] >= Self.leastOfEach, "\(moment)") }
            for sender in senders { try sender.finished(within: 120) }
            try waitUntilAnswered(series.count, node)
            try checkReception(node, senders, series)
            try checkAnswers(node, pacs, senders)
        }

        private func settings(_ pacs: PACSPeer) -> TestNode.Settings {
            // A series whose association breaks off waits for its sender to come back; a job may be struck often.
            TestNode.Settings(
                quietSeconds: 8, destinations: [("pacs", pacs.port, "")], tables: "[limits]\njob_attempts = 100")
        }

        /// Waits until the node is at such work, or for a few seconds if it has none.
        private func wait(for moment: Moment, _ node: TestNode, _ senders: [SenderPeer]) throws {
            let before = senders.map(\.progress)
            try? eventually("\(moment)", within: 4) {
                switch moment {
                case .reception: zip(senders, before).contains { $0.progress > $1 }
                case .inference: node.log.contains(", attempt ")
                case .delivery: node.log.contains(" objects after ")
                }
            }
        }

        /// What the node was at when it was struck.
        private func work(under node: TestNode, _ isReceiving: Bool) throws -> Set<Moment> {
            var work: Set<Moment> = isReceiving ? [.reception] : []
            if try node.jobs().contains(where: { $0.state == "running" }) { work.insert(.inference) }
            if try node.deliveries().contains(where: { $0.state != "sent" }) { work.insert(.delivery) }
            return work
        }

        private func waitUntilAnswered(_ seriesCount: Int, _ node: TestNode) throws {
            var jobs: [Job] = []
            do {
                try eventually("all series are answered", within: 120) {
                    jobs = try node.jobs()
                    return Set(jobs.map(\.seriesInstanceUID)).count == seriesCount
                        && jobs.allSatisfy { job in
                            // A sender that comes back late finds its series refused; that answer is replaced.
                            ["done", "cancelled"].contains(job.state)
                                || job.state == "refused" && job.supersededByJob != nil
                        }
                }
            } catch {
                let states = Dictionary(grouping: jobs, by: \.state).mapValues(\.count)
                throw RunningProcess.Timeout(description: "\(error), jobs: \(states)\n\(node.log.suffix(2000))")
            }
        }

        private func checkReception(_ node: TestNode, _ senders: [SenderPeer], _ series: [URL]) throws {
            let acknowledged = senders.reduce(into: [:]) { $0.merge($1.acknowledged) { $1 } }
            #expect(acknowledged.count == series.reduce(0) { $0 + ScratchFolder.files(below: $1).count })
            #expect(try ArchiveContents(node).lost(of: acknowledged) == [])
            let interruptions = senders.flatMap(\.events).count { $0.event == "interrupted" }
            print("\(acknowledged.count) instances acknowledged; \(interruptions) associations broke off")
            #expect(interruptions >= Self.leastOfEach)
        }

        /// One answer in force for each series, on all of its instances, and no object twice with different content.
        private func checkAnswers(_ node: TestNode, _ pacs: PACSPeer, _ senders: [SenderPeer]) throws {
            let contents = Dictionary(grouping: pacs.stores, by: \.uid).mapValues { Set($0.map(\.sha256)).count }
            #expect(contents.filter { $0.value > 1 }.isEmpty)
            #expect(try node.deliveries().allSatisfy { $0.state == "sent" })
            let results = try Results.read(pacs.files, in: node.folder)
            let superseded = Set(results.reports.flatMap(\.predecessors))
            let inForce = results.reports.filter { !superseded.contains($0.sopInstanceUid) }.map { Set($0.evidence) }
            let acknowledgements = senders.flatMap(\.events).filter { $0.event == "acknowledged" }
            let sent = Dictionary(grouping: acknowledgements, by: \.folder)
            #expect(inForce.count == sent.count)
            for (folder, events) in sent {
                let instances = Set(events.compactMap(\.uid))
                #expect(inForce.count { $0.isSuperset(of: instances) } == 1, "\(folder ?? "")")
            }
            print("PACS: \(pacs.stores.count) C-STOREs, \(contents.count) objects, \(results.reports.count) reports")
        }
    }
}
