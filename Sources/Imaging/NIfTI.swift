public import Foundation

/// NIfTI-1 files (`.nii`, `.nii.gz`) through libnifti. NIfTI's world axes run to the right, front and head (RAS);
/// ours run to the left, back and head, so that the first two components change sign.
public enum NIfTI {
    /// Larger images are refused before memory is taken for them.
    public static let maximumVoxelCount = 1 << 31

    /// Reads an image of integers or floating-point numbers, scaled as its header says.
    /// - Parameter unit: what the values mean; the file does not tell.
    public static func readVolume(_ url: URL, unit: IntensityUnit) throws(NIfTIError) -> Volume {
        let file = try NIfTIFile(reading: url)
        let geometry = try file.header.gridGeometry()
        return Volume(geometry: geometry, voxels: file.floats(), unit: unit)
    }

    /// Reads an image whose values are whole numbers from 0 to 65535.
    public static func readLabelMap(_ url: URL) throws(NIfTIError) -> LabelMap {
        let file = try NIfTIFile(reading: url)
        let geometry = try file.header.gridGeometry()
        return LabelMap(geometry: geometry, labels: try file.labels())
    }

    /// Writes Float32 values; gzip-compressed if the name ends in `.gz`.
    public static func write(_ volume: Volume, to url: URL) throws(NIfTIError) {
        try NIfTIFile.write(NIfTIHeader(volume.geometry, dataType: .float32), volume.voxels, to: url)
    }

    /// Writes UInt16 labels; gzip-compressed if the name ends in `.gz`.
    public static func write(_ map: LabelMap, to url: URL) throws(NIfTIError) {
        try NIfTIFile.write(NIfTIHeader(map.geometry, dataType: .uint16), map.labels, to: url)
    }
}
