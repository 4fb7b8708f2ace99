import Foundation
import Testing

extension WholeNodeTests {
    /// Series that must not be segmented, as a node answers them.
    @Suite struct Refusals {
        /// What a faulty series must lead to.
        struct Case: Sendable, CustomTestStringConvertible {
            let fault: String
            let outcome: String
            let code: String
            let reports: Int

            var testDescription: String { fault }
        }

        static let cases = [
            Case(fault: "single-slice", outcome: "refused", code: "VOL-E08", reports: 1),
            Case(fault: "missing-slices", outcome: "refused", code: "VOL-E02", reports: 1),
            Case(fault: "no-geometry", outcome: "refused", code: "VOL-E06", reports: 1),
            Case(fault: "no-rescale", outcome: "refused", code: "VOL-E09", reports: 1),
            Case(fault: "absurd-values", outcome: "refused", code: "VOL-E06", reports: 1),
            Case(fault: "two-patients", outcome: "refused", code: "VOL-E13", reports: 0),
            Case(fault: "derived", outcome: "not_applicable", code: "reformat", reports: 0),
        ]

        @Test("A faulty series is refused out loud, or left alone, as its fault asks for", arguments: cases)
        func refusal(_ fault: Case) throws {
            let pacs = try PACSPeer()
            let node = try TestNode(TestNode.Settings(destinations: [("pacs", pacs.port, "")]))
            try node.send(Phantom.varied(fault.fault, matrix: 128, in: node.folder))
            let job = try node.finishedJob(within: 60)
            #expect(job.outcome == fault.outcome, "\(job.reason ?? "")")
            #expect((job.reason ?? "").contains(fault.code))
            #expect(pacs.files.count == fault.reports)
            for file in pacs.files { #expect(try dciodvfyErrors(file, in: node.folder) == []) }
            for report in try Results.read(pacs.files, in: node.folder).reports {
                #expect(report.texts.contains { $0.contains(fault.code) })
                #expect(report.groups.isEmpty)
                // "No algorithms succeeded; without findings"
                #expect(report.codes.contains { $0.starts(with: ["111017", "111245"]) })
            }
            #expect(node.process.isRunning)
        }

        @Test("What can be left out is left out, and said", arguments: [
            "localizer-inside": "VOL-I01", "doubled-slice": "VOL-W03", "mixed-orientations": "VOL-W04",
        ])
        func tolerated(_ fault: String, code: String) throws {
            let pacs = try PACSPeer()
            let node = try TestNode(TestNode.Settings(destinations: [("pacs", pacs.port, "")]))
            try node.send(Phantom.varied(fault, matrix: 128, in: node.folder))
            let job = try node.finishedJob(within: 120)
            #expect(job.outcome == "findings")
            let report = try #require(try Results.read(pacs.files, in: node.folder).reports.first)
            #expect(report.texts.contains { $0.contains(code) })
            #expect(report.codes.contains { $0.starts(with: ["111017", "111242"]) })
        }
    }
}
