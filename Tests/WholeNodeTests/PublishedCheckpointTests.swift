import Foundation
import Testing

extension WholeNodeTests {
    /// The LowRes authors' checkpoint, imported by our own reader, gives what their code gives on a real chest.
    @Suite(
        .enabled(
            if: Repository.testData("ct_chest_cmbcrc") != nil
                && Repository.verificationWeights("lowres_luna16.pth") != nil,
            "the published checkpoint or the scan is not at hand"))
    struct PublishedCheckpoint {
        struct Overlap: Decodable {
            let iou: Double
            let segments: Int
            let noduleIou: Double
        }

        @Test("With the lung mask that the reference was made with, the mask is the reference")
        func givenLungMask() throws {
            let folder = try ScratchFolder()
            let lungs = try scan.appending(path: "labels/lung_helper.nii.gz")
            let overlap = try overlap(["--roi", lungs.path], in: folder)
            #expect(overlap.iou >= 0.999)
            #expect(overlap.segments == 6)
        }

        @Test("With our own lung mask the 25 mm nodule is the same")
        func ownLungMask() throws {
            let overlap = try overlap([], in: try ScratchFolder())
            // Measured: 0.992.
            #expect(overlap.noduleIou >= 0.95)
        }

        private var scan: URL { get throws { try #require(Repository.testData("ct_chest_cmbcrc")) } }

        /// How the segmentation of the scan and the reference lie on each other.
        private func overlap(_ options: [String], in folder: ScratchFolder) throws -> Overlap {
            let model = try importedModel(in: folder)
            let dicom = try scan.appending(path: "dicom").path
            let output = folder.url.appending(path: "out").path
            let result = try fovea(
                ["segment", "--model", model, "--output", output, "--json"] + options + [dicom], in: folder)
            let series = try #require(try SegmentedSeries.decode(result).first)
            let segmentation = try #require(series.outputs.first { $0.role == "segmentation" })
            let reference = try #require(Repository.verificationWeights("lowres_luna16_on_ct_chest_cmbcrc.nii.gz"))
            let nodule = try scan.appending(path: "labels/nodule_helper.nii.gz")
            let compared = try runPeer(
                "compare_masks.py", [segmentation.path, reference.path, "--nodule", nodule.path], in: folder)
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Overlap.self, from: Data(compared.utf8))
        }

        private func importedModel(in folder: ScratchFolder) throws -> String {
            let checkpoint = try #require(Repository.verificationWeights("lowres_luna16.pth"))
            let model = folder.url.appending(path: "lowres-luna16").path
            let result = try run(
                Repository.python, ["-m", "fovea_training", "import-lowres", checkpoint.path, model], in: folder,
                environment: ["PYTHONPATH": Repository.root.appending(path: "training").path])
            try #require(result.status == 0, "\(result.error)")
            return model
        }
    }
}
