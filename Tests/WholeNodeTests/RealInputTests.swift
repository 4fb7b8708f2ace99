import Foundation
import Testing

extension WholeNodeTests {
    /// Real scans in forms that are not plain: compressed, multi-frame, tilted, with odd headers. Each gets an answer.
    @Suite struct RealInputs {
        struct Case: Sendable, CustomTestStringConvertible {
            let name: String
            let outcomes: Set<String>

            var testDescription: String { name }
        }

        /// Nothing in these sets is a chest that can be segmented.
        static let cases = [
            Case(name: "ct_head_phantom_philips", outcomes: ["not_applicable"]),
            Case(name: "seg_ct3slice_dcmqi", outcomes: ["refused"]),
            Case(name: "syntaxes_pydicom_dicom2nifti", outcomes: ["refused", "not_applicable"]),
        ].filter { Repository.testData($0.name) != nil }

        @Test(
            "Every series of a set of odd ones is refused or not applicable, with a reason, and none fails",
            arguments: cases)
        func odd(_ input: Case) throws {
            let folder = try ScratchFolder()
            let data = try #require(Repository.testData(input.name))
            let output = folder.url.appending(path: "out")
            let result = try fovea(
                ["segment", "--model", Repository.lungNodules, "--output", output.path, "--json", data.path],
                in: folder)
            let series = try SegmentedSeries.decode(result)
            #expect(Set(series.map(\.outcome)) == input.outcomes)
            #expect(series.allSatisfy { $0.reason?.isEmpty == false })
            #expect(series.allSatisfy { $0.outputs.map(\.role) == ($0.outcome == "refused" ? ["report"] : []) })
            #expect(try Results.read(series.flatMap(\.files), in: folder).reports.allSatisfy { $0.groups.isEmpty })
        }

        @Test(
            "A CT in JPEG 2000 goes through the whole node",
            .enabled(if: Repository.testData("ct_abdomen_totalseg_dicom20") != nil))
        func jpeg2000() throws {
            let data = try #require(Repository.testData("ct_abdomen_totalseg_dicom20")).appending(path: "dicom")
            let node = try TestNode()
            let series = try Phantom.varied("same", of: data, in: node.folder)
            let sent = try fovea(["send", "FOVEA@127.0.0.1:\(node.port)", series.path], in: node.folder)
            #expect(sent.status == 0, "\(sent.error)")
            let job = try node.finishedJob()
            #expect(job.state == "done")
            #expect(job.outcome == "not_applicable", "\(job.reason ?? "")")
        }
    }
}
