import Foundation
import Testing

extension WholeNodeTests {
    /// Results on their way to destinations that behave well or badly.
    @Suite struct Deliveries {
        /// Quick retries; an unreachable destination is given up after two seconds.
        private static let impatience = """
            [delivery]
            first_retry_seconds = 0.2
            longest_retry_seconds = 0.5
            maximum_attempts = 3
            give_up_hours = 0.0006
            """

        /// What becomes of the two objects at a destination of a kind.
        struct Case: Sendable, CustomTestStringConvertible {
            let behaviour: PACSPeer.Behaviour
            let segmentation: String
            let report: String
            let error: String

            var testDescription: String { behaviour.rawValue }
        }

        static let cases = [
            Case(behaviour: .refuseAssociation, segmentation: "dead", report: "dead", error: "rejected"),
            Case(behaviour: .refuseObjects, segmentation: "dead", report: "dead", error: "0xA700"),
            Case(behaviour: .half, segmentation: "sent", report: "sent", error: ""),
            Case(behaviour: .hang, segmentation: "dead", report: "dead", error: "did not answer in time"),
            Case(behaviour: .onlySR, segmentation: "dead", report: "sent", error: "0x0122"),
        ]

        @Test(
            "A destination that refuses, half-accepts or hangs ends in a defined state; a retry sends the same bytes",
            arguments: cases)
        func misbehaviour(_ bad: Case) throws {
            let pacs = try PACSPeer(bad.behaviour)
            let destination = ("pacs", pacs.port, "response_timeout_seconds = 1")
            let node = try TestNode(TestNode.Settings(destinations: [destination], tables: Self.impatience))
            try node.send(Phantom.small(in: node.folder))
            let job = try node.finishedJob()
            let deliveries = try node.detail(job).deliveries
            #expect(deliveries.first { $0.role == "segmentation" }?.state == bad.segmentation)
            #expect(deliveries.first { $0.role == "report" }?.state == bad.report)
            let dead = deliveries.filter { $0.state == "dead" }
            #expect(job.state == (dead.isEmpty ? "done" : "failed"))
            #expect(dead.allSatisfy { $0.lastError?.contains(bad.error) == true }, "\(dead.map(\.lastError))")
            if bad.behaviour == .refuseObjects { #expect(dead.map(\.attempts) == [3, 3]) }
            let listed = try node.command(["deliveries", "list", "--state", "dead"]).output
            #expect(listed.split(separator: "\n").count { $0.contains(" dead ") } == dead.count)

            try checkRecovery(node, job, from: pacs, dead.count)
        }

        /// Another PACS answers at the same port; what was not taken is sent again, with the bytes that it always had.
        private func checkRecovery(_ node: TestNode, _ job: Job, from pacs: PACSPeer, _ deadCount: Int) throws {
            let offered = pacs.stores
            try pacs.stop()
            let recovered = try PACSPeer(port: pacs.port)
            #expect(try node.command(["deliveries", "retry"]).output.hasPrefix("\(deadCount) "))
            try eventually("dead letters are delivered") { recovered.stores.count == deadCount }
            try eventually("the job is done") { try node.jobs().first?.state == "done" }
            let bytes = Dictionary(grouping: offered + recovered.stores, by: \.uid).mapValues { Set($0.map(\.sha256)) }
            #expect(bytes.values.allSatisfy { $0.count == 1 })
            let taken = (offered + recovered.stores).filter { $0.status == 0 }.map(\.uid)
            #expect(taken.count == 2)
            #expect(Set(taken).count == 2)
        }

        @Test("A dead destination holds up no other, is asked again after growing waits, and gets the same in the end")
        func deadDestination() throws {
            let alive = try PACSPeer()
            let deadPort = try Loopback.freePort()
            let retries = "[delivery]\nfirst_retry_seconds = 0.2\nlongest_retry_seconds = 1"
            let node = try TestNode(
                TestNode.Settings(destinations: [("dead", deadPort, ""), ("alive", alive.port, "")], tables: retries))
            try node.send(Phantom.small(in: node.folder))
            try eventually("results arrive at the other destination") { alive.files.count == 2 }
            try eventually("the dead destination is asked again") {
                try node.deliveries().contains { $0.destination == "dead" && $0.attempts > 2 && $0.state == "due" }
            }
            #expect(try node.jobs().map(\.state) == ["delivering"])
            #expect(try node.deliveries().filter { $0.destination == "alive" }.map(\.state) == ["sent", "sent"])

            let recovered = try PACSPeer(port: deadPort)
            #expect(try node.finishedJob().state == "done")
            #expect(Set(recovered.stores.map(\.sha256)) == Set(alive.stores.map(\.sha256)))
            #expect(alive.stores.count == 2)
        }

        @Test("Each destination gets the form that it asks for")
        func forms() throws {
            let (enhanced, allFrames, overlays) = (try PACSPeer(), try PACSPeer(), try PACSPeer())
            let node = try TestNode(
                TestNode.Settings(destinations: [
                    ("slicer", enhanced.port, "sr_class = \"enhanced\""),
                    ("viewer", allFrames.port, "all_frames = true"),
                    ("simple", overlays.port, "secondary_capture = true"),
                ]))
            let series = try Phantom.small(in: node.folder)
            try node.send(series)
            let job = try node.finishedJob()
            #expect(job.state == "done")
            for file in enhanced.files + allFrames.files + overlays.files {
                #expect(try dciodvfyErrors(file, in: node.folder) == [], "\(file.lastPathComponent)")
            }
            let enhancedSR = "1.2.840.10008.5.1.4.1.1.88.22"
            #expect(try Results.read(enhanced.files, in: node.folder).reports.map(\.sopClass) == [enhancedSR])
            let findings = try #require(job.findings).count
            let frames = ScratchFolder.files(below: series).count * findings
            #expect(try Results.read(allFrames.files, in: node.folder).segmentations.map(\.frames) == [frames])
            try checkOverlays(overlays, findings, in: node.folder)
        }

        private func checkOverlays(_ pacs: PACSPeer, _ findings: Int, in folder: ScratchFolder) throws {
            let captures = Set(pacs.stores.filter { $0.sopClass == "1.2.840.10008.5.1.4.1.1.7" }.map(\.uid))
            #expect(captures.count == findings)
            for file in pacs.files where captures.contains(file.deletingPathExtension().lastPathComponent) {
                let picture = folder.url.appending(path: "\(file.lastPathComponent).ppm")
                #expect(try run("dcm2pnm", [file.path, picture.path], in: folder).status == 0)
                #expect(try Data(contentsOf: picture).count > 10_000)
            }
        }
    }
}
