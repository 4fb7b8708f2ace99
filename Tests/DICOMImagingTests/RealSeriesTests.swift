import DICOMCore
import DICOMFile
import DICOMImaging
import Foundation
import Geometry
import Imaging
import Testing

@Suite(.enabled(if: RealData.isThere, "the real test data are not unpacked here")) struct RealSeriesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let path: String
        let verdict: Verdict
        var size: [Int] = []
        var testDescription: String { path }
    }

    static let cases = [
        Case(path: "ct_chest_cmbcrc/dicom", verdict: .accepted([]), size: [512, 512, 100]),
        Case(path: "ct_chest_lungfcp01/dicom", verdict: .accepted([]), size: [512, 512, 98]),
        Case(path: "ct_chest_lungfcp01/dicom_mask", verdict: .refused(.noImages)),
        Case(path: "ct_chest_cip64/dicom", verdict: .accepted([]), size: [64, 64, 79]),
        Case(path: "ct_head_phantom_philips/no_tilt_5mm", verdict: .accepted([]), size: [512, 512, 28]),
        Case(path: "ct_head_phantom_philips/tilt_m18p5", verdict: .accepted([.gantryTilt]), size: [512, 512, 54]),
        // De-identified to the point of having no UIDs: nothing could refer to it.
        Case(path: "ct_abdomen_totalseg_dicom20/dicom", verdict: .refused(.missingUIDs)),
        Case(path: "mr_head_t1_vsseg001/dicom", verdict: .accepted([]), size: [512, 512, 120]),
        Case(path: "mr_head_decubitus_hfs_hfp/HFS", verdict: .accepted([]), size: [256, 256, 35]),
        Case(path: "mr_head_decubitus_hfs_hfp/HFP", verdict: .accepted([]), size: [256, 256, 35]),
        Case(path: "seg_ct3slice_dcmqi/ct-3slice", verdict: .accepted([]), size: [512, 512, 3]),
        Case(path: "seg_ct3slice_dcmqi/24x38x3/multiframe", verdict: .accepted([.multiFrame]), size: [24, 38, 3]),
        Case(path: "seg_ct3slice_dcmqi/seg", verdict: .refused(.noImages)),
        // Every file of this set names another study.
        Case(path: "rtstruct_phantom_rtutils/oblique_synthetic", verdict: .refused(.inconsistentIdentity)),
        Case(
            path: "syntaxes_pydicom_dicom2nifti/dicom2nifti/gantry_tilt",
            verdict: .accepted([.missingFrameOfReference, .gantryTilt]),
            size: [512, 512, 4]),
        Case(
            path: "syntaxes_pydicom_dicom2nifti/dicom2nifti/philips_enhanced_multiframe",
            verdict: .accepted([.multiFrame, .missingFrameOfReference]), size: [256, 256, 8]),
        Case(path: "syntaxes_pydicom_dicom2nifti/dicom2nifti/rgb", verdict: .refused(.derivedImages)),
        Case(path: "syntaxes_pydicom_dicom2nifti/dicom2nifti/non_isotropic", verdict: .refused(.derivedImages)),
    ]

    private static let anySize: AssemblyOptions = {
        var options = AssemblyOptions()
        (options.minimumSlices, options.minimumExtentMM) = (2, 0)
        return options
    }()

    @Test(
        "real series are accepted or refused as they should be, and results written on them are valid",
        arguments: cases)
    func series(_ row: Case) throws {
        let assembler = SeriesAssembler(options: Self.anySize)
        let outcome = Result { try assembler.assemble(files: RealData.files(row.path)) }
        switch outcome {
        case .failure(let error as AssemblyRefusal):
            #expect(.refused(error.code) == row.verdict, "\(error)")
        case .failure(let error): throw error
        case .success(let series):
            let codes = series.messages.map(\.code)
            #expect(.accepted(codes) == row.verdict, "\(series.messages)")
            let size = series.grid.size
            #expect(row.size == [size.width, size.height, size.depth])
            try checkResults(on: series)
        }
    }

    /// Writes a segmentation of a box in the middle, its report and its overlay.
    private func checkResults(on series: AssembledSeries) throws {
        guard series.source.frameOfReferenceUID != nil else { return }
        try withTemporaryDirectory { directory in
            let fixture = try ResultFixture(series, boxes: [Self.middle(of: series.grid.size)])
            let segmentation = try fixture.segmentation.write(to: directory.appending(path: "seg.dcm"))
            let report = try fixture.report(segmentation).write(to: directory.appending(path: "sr.dcm"))
            let overlay = OverlayImage(
                context: fixture.context, series: series, labels: fixture.labels, finding: fixture.findings[0])
            let picture = try overlay.write(to: directory.appending(path: "sc.dcm"))
            for object in [segmentation, report, picture] {
                // What the source's own patient and study say wrong is not ours to mend.
                let errors = try dciodvfyErrors(object.url).filter { !$0.contains("Module=<Patient>") }
                #expect(errors == [], "\(object.sopClassUID)")
            }
        }
    }

    private static func middle(of size: GridSize) -> VoxelBox {
        VoxelBox(
            lower: VoxelIndex(i: size.width / 3, j: size.height / 3, k: size.depth / 3),
            upper: VoxelIndex(i: size.width / 2, j: size.height / 2, k: size.depth / 3 + 2))
    }

    static let groundTruths = [
        "compressed", "compressed_j2k", "compressed_jpeg", "compressed_jpegls", "compressed_rle",
        "philips_enhanced_multiframe", "slicecount",
    ]

    @Test("volumes equal what dicom2nifti made of the same files, voxel by voxel", arguments: groundTruths)
    func groundTruth(_ name: String) throws {
        let folder = "syntaxes_pydicom_dicom2nifti/dicom2nifti"
        let series = try SeriesAssembler(options: Self.anySize).assemble(files: RealData.files("\(folder)/\(name)"))
        let truth = try NIfTI.readVolume(
            RealData.folder.appending(path: "\(folder)/\(name)_ground_truth.nii.gz"), unit: series.volume.unit)
        let ours = AxisOrientation(nearestLPSOf: series.volume.geometry).reoriented(series.volume)
        let theirs = AxisOrientation(nearestLPSOf: truth.geometry).reoriented(truth)
        #expect(ours.size == theirs.size)
        #expect(ours.geometry.coincides(with: theirs.geometry, toleranceMM: 0.05))
        #expect(zip(ours.voxels, theirs.voxels).allSatisfy { abs($0 - $1) < 0.51 })
    }

    @Test("the nodule of the chest CT is measured as its label says")
    func nodule() throws {
        let series = try SeriesAssembler().assemble(files: RealData.files("ct_chest_cmbcrc/dicom"))
        let label = try NIfTI.readLabelMap(
            RealData.folder.appending(path: "ct_chest_cmbcrc/labels/nodule_helper.nii.gz"))
        // The label's axes may be those of NIfTI; its voxels are the series'.
        let toLPS = AxisOrientation(nearestLPSOf: label.geometry)
        let onGrid = AxisOrientation(nearestLPSOf: series.grid.geometry).restored(toLPS.reoriented(label))
        #expect(onGrid.geometry.coincides(with: series.grid.geometry, toleranceMM: 0.1))
        let measured = try #require(
            series.measure(LabelMap(geometry: series.grid.geometry, labels: onGrid.labels)).first)
        #expect(abs(measured.volumeML - 6.6) < 0.1, "\(measured.volumeML)")
        #expect(abs(measured.keySlice - 50) <= 2)
        #expect(measured.centroid.x > 0, "in the left lung")
        let mean = try #require(measured.intensity?.mean)
        #expect((-300...150).contains(mean), "\(mean)")
    }

    @Test("the tilted head phantom has the same volume as the straight one")
    func tiltedPhantom() throws {
        let volumes = try ["no_tilt_5mm", "tilt_m18p5"].map { name in
            let series = try SeriesAssembler().assemble(files: RealData.files("ct_head_phantom_philips/\(name)"))
            let plastic = LabelMap(
                geometry: series.volume.geometry, labels: series.volume.voxels.map { $0 > 300 ? 1 : 0 })
            return try #require(series.measure(series.mapToSource(plastic)).first).volumeML
        }
        #expect(abs(volumes[1] / volumes[0] - 1) < 0.1, "\(volumes)")
    }
}
