import Foundation
import Testing

extension WholeNodeTests {
    /// When a series counts as complete, and which series of a study is processed.
    @Suite struct Completeness {
        @Test("Late slices open the series again; the new result supersedes and cites the earlier report")
        func lateSlices() throws {
            let pacs = try PACSPeer()
            let node = try TestNode(TestNode.Settings(destinations: [("pacs", pacs.port, "")]))
            let series = try Phantom.varied("no-expected-number", matrix: 128, in: node.folder)
            let late = try node.folder.folder("late")
            for file in ScratchFolder.files(below: series).suffix(6) {
                try FileManager.default.moveItem(at: file, to: late.appending(path: file.lastPathComponent))
            }
            try node.send(series)
            let first = try node.finishedJob()
            let earlier = try #require(try Results.read(pacs.files, in: node.folder).reports.first)
            #expect(earlier.predecessors.isEmpty)

            try node.send(late)
            let second = try node.finishedJob(revision: 2)
            #expect(try node.jobs().first { $0.id == first.id }?.supersededByJob == second.id)
            #expect(try node.detail(second).history.contains { $0.kind == "reopened" })
            let reports = try Results.read(pacs.files, in: node.folder).reports
            #expect(reports.count == 2)
            let later = try #require(reports.first { $0.sopInstanceUid != earlier.sopInstanceUid })
            #expect(later.predecessors == [earlier.sopInstanceUid])
            for file in pacs.files { #expect(try dciodvfyErrors(file, in: node.folder) == []) }
        }

        @Test("A series that never completes is taken as it is at the hard deadline")
        func deadline() throws {
            let node = try TestNode(TestNode.Settings(quietSeconds: 3, deadlineSeconds: 4))
            let series = try Phantom.few(in: node.folder)
            let start = Date.now
            for file in ScratchFolder.files(below: series) where try node.jobs().isEmpty {
                try node.send(file)
                Thread.sleep(forTimeInterval: 0.8)
            }
            let job = try node.finishedJob()
            #expect(Date.now.timeIntervalSince(start) < 12)
            let closing = try node.detail(job).history.first { $0.kind == "closed" }
            #expect(closing?.detail?.contains("deadline") == true)
        }

        @Test("The quiet period is that of the sender")
        func quietPerSender() throws {
            var settings = TestNode.Settings(quietSeconds: 30, acceptUnknownPeers: false)
            settings.tables = """
                [[peers]]
                ae_title = "QUICK"
                quiet_seconds = 0.3

                [[peers]]
                ae_title = "SLOW"
                """
            let node = try TestNode(settings)
            for sender in ["SLOW", "QUICK"] {
                let series = try Phantom.varied("no-expected-number", first: 12, matrix: 128, in: node.folder)
                #expect(try node.send(series, callingAETitle: sender).status == 0)
            }
            let job = try node.finishedJob(within: 15)
            let received = try node.series()
            #expect(received.first { $0.sender == "QUICK" }?.seriesInstanceUid == job.seriesInstanceUID)
            #expect(received.first { $0.sender == "SLOW" }?.state == "open")
            #expect(try node.jobs().count == 1)
        }

        @Test("An expected number of images ends the wait when it is reached, and the reason is shown")
        func expectedNumber() throws {
            let node = try TestNode(TestNode.Settings(quietSeconds: 30))
            try node.send(Phantom.varied("expected-number", first: 12, matrix: 128, in: node.folder))
            let job = try node.finishedJob(within: 15)
            let shown = try node.command(["queue", "show", "\(job.id)"]).output
            #expect(shown.contains("all 12 expected images are here"), "\(shown)")
            #expect(try node.series().first?.reason?.contains("all 12 expected images") == true)
        }

        @Test("A gapless stack and a release end the wait for a sender known to deliver whole series, and for no other")
        func wholeSeriesSender() throws {
            var settings = TestNode.Settings(quietSeconds: 30)
            settings.tables = """
                [[peers]]
                ae_title = "WHOLE"
                series_in_one_association = true
                """
            let node = try TestNode(settings)
            try node.send(Phantom.varied("no-expected-number", first: 12, matrix: 128, in: node.folder))
            try node.send(
                Phantom.varied("no-expected-number", first: 12, matrix: 128, in: node.folder), callingAETitle: "WHOLE")
            let job = try node.finishedJob(within: 15)
            let received = try node.series()
            #expect(received.first { $0.sender == "WHOLE" }?.seriesInstanceUid == job.seriesInstanceUID)
            #expect(received.first { $0.sender == "SCANNER" }?.state == "open")
        }

        @Test("Of a study's scout, reconstructions and reformat one series is processed; the others name it")
        func choice() throws {
            let pacs = try PACSPeer()
            let node = try TestNode(TestNode.Settings(quietSeconds: 1.5, destinations: [("pacs", pacs.port, "")]))
            let study = try Phantom.study(in: node.folder)
            try node.send(study.folder)
            let thin = try #require(study.series["thin"])
            let job = try node.finishedJob(of: thin)
            try eventually("every series has an answer") {
                try node.jobs().count { $0.isFinished } == study.series.count
            }
            #expect(job.outcome == "findings")
            for other in try node.jobs() where other.id != job.id {
                #expect(other.state == "done")
                #expect(other.outcome == "not_applicable")
                #expect(other.chosenSeriesInstanceUID == thin)
                #expect(other.reason?.contains(thin) == true)
            }
            let results = try Results.read(pacs.files, in: node.folder)
            #expect(pacs.stores.count == 2)
            #expect(results.segmentations.map(\.sourceSeries) == [thin])
            #expect(results.reports.count == 1)
        }

        @Test("A scout or a derived series alone sends nothing", arguments: ["scout", "reformat"])
        func nothingForScouts(_ kind: String) throws {
            let pacs = try PACSPeer()
            let node = try TestNode(TestNode.Settings(destinations: [("pacs", pacs.port, "")]))
            try node.send(Phantom.study(in: node.folder).folder.appending(path: kind))
            let job = try node.finishedJob()
            #expect(job.state == "done")
            #expect(job.outcome == "not_applicable")
            #expect(pacs.stores.isEmpty)
        }
    }
}
