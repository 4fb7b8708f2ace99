import Archive
import DICOMImaging
import Foundation
import Geometry
import Imaging
import Models
import Testing
import Workflow

@Suite struct SeriesProcessorTests {
    private static let phantom = ChestPhantom(
        seed: 1, size: GridSize(width: 100, height: 100, depth: 24), spacing: SpacingMM(i: 3.6, j: 3.6, k: 8))

    @Test("findings give a segmentation and a report") func findings() throws {
        let run = try Run(StubSegmenter { Self.nodule(in: $0) })
        #expect(run.result.outcome == .findings)
        #expect(run.result.findings.map(\.segment) == [1])
        #expect(run.files == ["report.dcm", "segmentation.dcm"])
        #expect(run.result.outputs.map(\.role) == [.segmentation, .report], "a report after what it refers to")
    }

    @Test("the side is told by the segmenter's lungs, or else by lungs that are looked for") func side() throws {
        let code = try #require(Self.phantom.nodules.first).side == .left ? "7771000" : "24028007"
        let lungs = LungMask(of: Self.phantom.volume), noLungs = LungMask(of: Self.air)
        let cases: [(LungMask?, Bool)] = [(nil, true), (lungs, true), (noLungs, false)]
        for (given, hasSide) in cases {
            let segmenter = StubSegmenter {
                var segmentation = Self.nodule(in: $0)
                segmentation.lungs = given
                return segmentation
            }
            #expect(try Run(segmenter).report(holds: code) == hasSide)
        }
    }

    @Test("nothing found gives a report that holds what the segmenter remarked") func nothingFound() throws {
        let run = try Run(
            StubSegmenter {
                var segmentation = Self.empty(.nothingFound, $0)
                segmentation.messages = ["3 voxels are not finite"]
                return segmentation
            })
        #expect(run.result.outcome == .nothingFound)
        #expect(run.result.reason == "3 voxels are not finite")
        #expect(run.files == ["report.dcm"])
        #expect(try run.report(holds: "NOTHING_FOUND") && run.report(holds: "3 voxels are not finite"))
    }

    @Test("the effort reaches the segmenter, and its blocks are in the result and the report") func effort() throws {
        let usage = BlockUsage(
            strategy: "first:1", windows: [.init(firstSlice: 0, isComputed: [false, true], keepProbabilities: [])],
            estimatedSaving: 0.25, measuredSaving: 0.2)
        let segmenter = StubSegmenter(withEffort: { volume, effort in
            var segmentation = Self.empty(.nothingFound, volume)
            segmentation.blockUsage = effort.path == .dropFirst(1) ? usage : nil
            segmentation.messages = [usage.sentence]
            return segmentation
        })
        let run = try Run(segmenter) { $0.effort = Effort(path: .dropFirst(1)) }
        #expect(run.result.blockUsage == usage)
        let sentence =
            "AutoPath computed 1 of 2 blocks in one window (first:1: 01), 25 % less work than the full network."
        #expect(try run.report(holds: sentence))
    }

    @Test("not applicable gives no file, unless it is to be answered", arguments: [false, true])
    func notApplicable(isAnswered: Bool) throws {
        let run = try Run(StubSegmenter { Self.empty(.notApplicable(reason: "No lungs."), $0) }) {
            if isAnswered { $0.answers.insert(.notApplicable) }
        }
        #expect(run.result.outcome == .notApplicable)
        #expect(run.result.reason == "No lungs.")
        #expect(run.files == (isAnswered ? ["report.dcm"] : []))
    }

    @Test("a reformat is not applicable, and no report says so") func reformat() throws {
        let run = try Run(.unused) { input in
            input.answers.insert(.notApplicable)
            for file in input.files {
                try Self.replace("ORIGINAL\\PRIMARY\\AXIAL", by: "DERIVED\\SECONDARY\\MPR ", in: file)
            }
        }
        #expect(run.result.outcome == .notApplicable)
        #expect(run.result.reason?.hasPrefix("VOL-E12") == true)
        #expect(run.files.isEmpty)
    }

    @Test("a missing slice refuses the series, and the report says which") func missingSlice() throws {
        let run = try Run(.unused) { $0.files.remove(at: 9) }
        #expect(run.result.outcome == .refused)
        #expect(run.result.reason?.hasPrefix("VOL-E02") == true)
        #expect(run.files == ["report.dcm"])
        #expect(try run.report(holds: "VOL-E02") && run.report(holds: "REFUSED"))
    }

    @Test("a series above the memory limit is refused with the figure") func memoryLimit() throws {
        let message = "This volume needs 900 MB of working memory; 800 MB are allowed."
        let run = try Run(StubSegmenter(failing: SegmentationError(.memoryLimit, message)))
        #expect(run.result.outcome == .refused)
        #expect(run.result.reason == message)
        #expect(run.files == ["report.dcm"])
        #expect(try run.report(holds: message) && run.report(holds: "REFUSED"))
    }

    @Test("a run that cannot be made fails, and the report says so") func failed() throws {
        let run = try Run(StubSegmenter(failing: SegmentationError(.regionOfInterest, "It is empty.")))
        #expect(run.result.outcome == .failed)
        #expect(run.result.reason == "It is empty.")
        #expect(run.files == ["report.dcm"])
        #expect(try run.report(holds: "FAILED"))
    }

    @Test("two patients under one series are refused, and nothing is written for anybody") func twoPatients() throws {
        let run = try Run(.unused) { try Self.replace("PHANTOM-1", by: "PHANTOM-2", in: $0.files[3]) }
        #expect(run.result.outcome == .refused)
        #expect(run.result.reason?.hasPrefix("VOL-E13") == true)
        #expect(run.files.isEmpty)
    }

    @Test("results that cannot be written are a failure that may pass") func unwritable() throws {
        let run = try Run(StubSegmenter { Self.empty(.nothingFound, $0) }, folder: "no such folder/")
        #expect(run.result.outcome == .failed)
        #expect(run.result.isTransient)
        #expect(run.result.outputs.isEmpty)
    }

    @Test("a segmentation that cannot be expressed leaves no file but a report of the failure") func notRepresentable()
        throws
    {
        let run = try Run(
            StubSegmenter {
                let nodule = Self.nodule(in: $0)
                return Segmentation(
                    outcome: .findings, labelMap: Self.withStrayLabel(nodule.labelMap), findings: nodule.findings,
                    executedPath: "stub")
            })
        #expect(run.result.outcome == .failed)
        #expect(!run.result.isTransient)
        #expect(run.files == ["report.dcm"])
        #expect(run.result.outputs.map(\.role) == [.report])
        #expect(try run.report(holds: "FAILED"))
    }

    /// A label that belongs to no finding.
    private static func withStrayLabel(_ labels: LabelMap) -> LabelMap {
        var labels = labels
        labels.labels[0] = 2
        return labels
    }

    /// The phantom's series through a processor, into a folder that is gone afterwards.
    private struct Run {
        let result: SeriesResult
        let files: [String]
        private let reportBytes: Data?

        init(
            _ segmenter: StubSegmenter, folder: String = "", edit: (inout SeriesInput) throws -> Void = { _ in }
        ) throws {
            let directory = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: directory) }
            let output = directory.appending(path: "results")
            try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
            var input = SeriesInput(
                files: try PhantomSeries(SeriesProcessorTests.phantom, seed: 1).write(to: directory), instances: [],
                created: Date(timeIntervalSince1970: 1_800_000_000))
            try edit(&input)
            let processor = SeriesProcessor(
                segmenter: segmenter, equipment: NodeEquipment.equipment(serialNumber: "TEST", version: "0"), threads: 1
            )
            result = processor.process(input, makeFile: { output.appending(path: folder + $0) })
            files = try FileManager.default.contentsOfDirectory(atPath: output.path).sorted()
            reportBytes = try? Data(contentsOf: output.appending(path: "report.dcm"))
        }

        func report(holds text: String) throws -> Bool {
            try #require(reportBytes).range(of: Data(text.utf8)) != nil
        }
    }

    private static func empty(_ outcome: Segmentation.Outcome, _ volume: Volume) -> Segmentation {
        Segmentation(outcome: outcome, labelMap: LabelMap(geometry: volume.geometry), executedPath: "stub")
    }

    /// A cube of 3 x 3 x 3 voxels at the phantom's largest nodule.
    private static func nodule(in volume: Volume) -> Segmentation {
        let centre = volume.geometry.indices(of: phantom.nodules[0].centre)
        let (i, j, k) = (Int(centre.i.rounded()), Int(centre.j.rounded()), Int(centre.k.rounded()))
        var labels = LabelMap(geometry: volume.geometry)
        for k in k - 1...k + 1 {
            for j in j - 1...j + 1 {
                for i in i - 1...i + 1 { labels.labels[volume.size.offset(VoxelIndex(i: i, j: j, k: k))] = 1 }
            }
        }
        let finding = Finding(label: 1, definition: StubSegmenter.manifest.labels[0], score: 0.75, voxelCount: 27)
        return Segmentation(outcome: .findings, labelMap: labels, findings: [finding], executedPath: "stub")
    }

    private static let air = Volume(
        geometry: phantom.volume.geometry, voxels: phantom.volume.voxels.map { _ in -1000 }, unit: .hounsfield)

    /// Texts of the same length.
    private static func replace(_ text: String, by other: String, in file: URL) throws {
        var data = try Data(contentsOf: file)
        data.replaceSubrange(try #require(data.range(of: Data(text.utf8))), with: Data(other.utf8))
        try data.write(to: file)
    }
}
