internal import Geometry
internal import Imaging

extension Applicability {
    /// Why a model should not be applied to an image, as a sentence; nil if it may be.
    /// - Parameters:
    ///   - region: the region of interest on the image's grid; nil where the model uses none.
    ///   - regionName: what the region is, for the sentence.
    ///   - slices: of the series as acquired.
    func reasonAgainst(_ geometry: GridGeometry, region: Mask?, regionName: String, slices: Int) -> String? {
        if let minimumSlices, slices < minimumSlices {
            return "The series has \(slices) slices; the model needs \(minimumSlices)."
        }
        guard let region else { return reasonAgainst(extentOf: VoxelBox(geometry.size), geometry, "the image") }
        guard let box = region.boundingBox else { return "No \(regionName) in the field of view." }
        let volumeML = Double(region.voxelCount) * geometry.spacing.voxelVolumeML
        if let minimumROIML, volumeML < minimumROIML {
            return "Only \(Int(volumeML)) mL of \(regionName) in view; the model needs \(Int(minimumROIML)) mL."
        }
        return reasonAgainst(extentOf: box, geometry, "the \(regionName)")
    }

    private func reasonAgainst(extentOf box: VoxelBox, _ geometry: GridGeometry, _ name: String) -> String? {
        guard let minimumExtentMM else { return nil }
        let extents = [
            Double(box.size.width) * geometry.spacing.i, Double(box.size.height) * geometry.spacing.j,
            Double(box.size.depth) * geometry.spacing.k
        ]
        guard let least = extents.min(), least < minimumExtentMM else { return nil }
        return "The extent of \(name) is only \(Int(least)) mm; the model needs \(Int(minimumExtentMM)) mm."
    }
}
