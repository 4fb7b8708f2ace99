import Foundation
import Testing

extension WholeNodeTests {
    /// A series goes in by C-STORE; a SEG and an SR come out at the PACS.
    @Suite struct MainJob {
        @Test("The phantom's nodules come back as a SEG and an SR that others can read")
        func phantom() throws {
            let (series, truth) = try Phantom.chest.get()
            let pacs = try PACSPeer()
            let node = try TestNode(TestNode.Settings(destinations: [("pacs", pacs.port, "")]))
            #expect(try node.send(series).status == 0)

            let job = try node.finishedJob(within: 120)
            #expect(job.state == "done")
            #expect(job.outcome == "findings")
            #expect(pacs.files.count == 2)
            for file in pacs.files {
                #expect(try dciodvfyErrors(file, in: node.folder) == [], "\(file.lastPathComponent)")
            }

            let results = try Results.read(pacs.files, in: node.folder)
            let segmentation = try #require(results.segmentations.first)
            let report = try #require(results.reports.first)
            #expect(segmentation.sourceSeries == job.seriesInstanceUID)
            try checkAgreement(segmentation, report, job)
            checkHonesty(report)
            try checkTruth(segmentation, truth)
        }

        /// SEG, SR and queue tell the same.
        private func checkAgreement(_ segmentation: Results.Segmentation, _ report: Results.Report, _ job: Job) throws {
            let findings = try #require(job.findings)
            #expect(segmentation.segments.count == findings.count)
            #expect(report.groups.map(\.segment) == findings.map(\.segment))
            #expect(report.groups.map(\.trackingUid) == segmentation.segments.map(\.trackingUid))
            #expect(report.groups.allSatisfy { $0.segmentation == segmentation.sopInstanceUid })
            #expect(report.evidence.contains(segmentation.sopInstanceUid))
            #expect(Set(segmentation.sources).isSubset(of: Set(report.evidence)))
            for (segment, finding) in zip(segmentation.segments, findings) {
                for (ours, theirs) in zip(finding.centroidMm, segment.centroidMm) { #expect(abs(ours - theirs) < 0.05) }
            }
            for (group, finding) in zip(report.groups, findings) {
                let volume = try #require(group.measurements.first { $0.name == "Volume" })
                #expect(abs(volume.value - finding.volumeMl) < 0.002 * max(1, finding.volumeMl))
                #expect(group.measurements.contains { $0.unit == "[hnsf'U]" && $0.derivation == "Mean" })
            }
        }

        private func checkHonesty(_ report: Results.Report) {
            #expect(report.preliminary == "PRELIMINARY")
            #expect(report.verification == "UNVERIFIED")
            #expect(report.texts.contains { $0.localizedCaseInsensitiveContains("research use only") })
        }

        /// The largest nodules are found, and at least half of the findings lie in a nodule that the phantom holds.
        private func checkTruth(_ segmentation: Results.Segmentation, _ truth: Phantom.Truth) throws {
            func distance(_ segment: Results.Segment, _ nodule: Phantom.Truth.Nodule) -> Double {
                zip(segment.centroidMm, nodule.centreMm).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
            }
            let largest = truth.nodules.sorted { $0.diameterMm > $1.diameterMm }.prefix(2)
            for nodule in largest {
                #expect(segmentation.segments.contains { distance($0, nodule) < nodule.diameterMm / 2 })
            }
            let inNodules = segmentation.segments.filter { segment in
                truth.nodules.contains { distance(segment, $0) < $0.diameterMm / 2 + 2 }
            }
            #expect(inNodules.count * 2 >= segmentation.segments.count)
        }

        @Test("Own results and repeats give no work; a retry of a done job sends the same bytes again")
        func repeats() throws {
            let pacs = try PACSPeer()
            let node = try TestNode(TestNode.Settings(destinations: [("pacs", pacs.port, "")]))
            let series = try Phantom.small(in: node.folder)
            try node.send(series)
            let job = try node.finishedJob()

            // The results come back to the node, as from a PACS that routes everything.
            try node.send(pacs.folder.url.appending(path: "objects"))
            try node.send(series)
            Thread.sleep(forTimeInterval: 2.5)
            #expect(try node.jobs().map(\.id) == [job.id])
            #expect(try node.jobs().first?.seriesRevision == 1)

            // A retry of a done job sends the stored files again.
            let first = Set(pacs.stores.map(\.sha256))
            #expect(try node.command(["queue", "retry", "\(job.id)"]).status == 0)
            try eventually("the results arrive again") { pacs.stores.count == 4 }
            #expect(Set(pacs.stores.map(\.sha256)) == first)
        }
    }
}
