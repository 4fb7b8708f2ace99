import DICOMImaging
import Foundation
import Geometry
import Imaging
import Testing

/// The lung mask on real series, through the assembler.
@Suite(.enabled(if: RealData.isThere)) struct RealLungTests {
    /// A series in LPS order with its lung mask.
    private func lung(_ folder: String) throws -> (volume: Volume, lung: LungMask) {
        let series = try SeriesAssembler().assemble(files: RealData.files(folder))
        let volume = AxisOrientation(nearestLPSOf: series.volume.geometry).reoriented(series.volume)
        return (volume, LungMask(of: volume, threads: 2))
    }

    /// A label file in LPS order.
    private func labels(_ path: String) throws -> LabelMap {
        let map = try NIfTI.readLabelMap(RealData.folder.appending(path: path))
        return AxisOrientation(nearestLPSOf: map.geometry).reoriented(map)
    }

    private func share(of map: LabelMap, in mask: Mask) -> Double {
        let inside = zip(map.labels, mask.elements).count { $0.0 > 0 && $0.1 == 1 }
        return Double(inside) / Double(map.labels.count { $0 > 0 })
    }

    @Test("The chest with the 25 mm nodule: nodule and lung lie inside, the grid is that of the labels")
    func noduleCT() throws {
        let (volume, lung) = try lung("ct_chest_cmbcrc/dicom")
        let nodule = try labels("ct_chest_cmbcrc/labels/nodule_helper.nii.gz")
        let helper = try labels("ct_chest_cmbcrc/labels/lung_helper.nii.gz")
        #expect(helper.geometry.coincides(with: volume.geometry, toleranceMM: 0.01))
        #expect(share(of: nodule, in: lung.mask) == 1)
        // The helper holds part of the trachea, which the mask leaves out.
        #expect(share(of: helper, in: lung.mask) > 0.985)
        let ratio = Double(lung.mask.elements.count { $0 == 1 }) / Double(helper.labels.count { $0 > 0 })
        #expect(ratio > 1 && ratio < 1.15)
        #expect((4000...4700).contains(lung.volumeML))
        let noduleCentre = try #require(RegionMeasurements.measure(nodule, of: volume).first).centroid
        #expect(lung.side(of: noduleCentre) == .left)
    }

    @Test("Upper chest on a table that reaches the end of the picture")
    func upperChest() throws {
        let (volume, lung) = try lung("ct_chest_lungfcp01/dicom")
        #expect((1200...1450).contains(lung.volumeML))
        let maskML = Double(lung.mask.elements.count { $0 == 1 }) * volume.geometry.spacing.voxelVolumeML
        #expect(maskML < 1.2 * lung.volumeML)
    }

    @Test("A chest on voxels of 4 mm")
    func coarseChest() throws {
        let (_, lung) = try lung("ct_chest_cip64/dicom")
        #expect((4300...5000).contains(lung.volumeML))
    }

    @Test("Heads show no lung", arguments: ["ct_head_phantom_philips/no_tilt_5mm", "mr_head_t1_vsseg001/dicom"])
    func noLung(_ folder: String) throws {
        #expect(try lung(folder).lung.volumeML == 0)
    }
}
