import CNIfTI
import Geometry

/// The checked contents of a NIfTI-1 header (nifti1.h), in native byte order.
struct NIfTIHeader {
    /// The data types that are read, by their NIfTI code.
    enum DataType: Int16 {
        case uint8 = 2
        case int16 = 4
        case int32 = 8
        case float32 = 16
        case float64 = 64
        case int8 = 256
        case uint16 = 512
        case uint32 = 768

        var byteCount: Int {
            switch self {
            case .uint8, .int8: 1
            case .int16, .uint16: 2
            case .int32, .uint32, .float32: 4
            case .float64: 8
            }
        }
    }

    static let byteCount = 348

    let raw: nifti_1_header
    let size: GridSize
    let dataType: DataType
    /// Where the voxels start.
    let dataOffset: Int

    /// Checks a header that is in native byte order.
    init(checking raw: nifti_1_header) throws(NIfTIError) {
        let magic = [raw.magic.0, raw.magic.1, raw.magic.2, raw.magic.3].map { UInt8(bitPattern: $0) }
        guard raw.sizeof_hdr == Self.byteCount, magic == Array("n+1\0".utf8) else {
            throw NIfTIError(.notNIfTI, "not a NIfTI-1 image in one file; convert it to .nii or .nii.gz")
        }
        guard let dataType = DataType(rawValue: raw.datatype), Int(raw.bitpix) == dataType.byteCount * 8 else {
            throw NIfTIError(
                .unsupportedDataType,
                "data type \(raw.datatype) with \(raw.bitpix) bits is not read; use int16 or float32")
        }
        guard raw.vox_offset >= Float(Self.byteCount), raw.vox_offset < 1e9 else {
            throw NIfTIError(.notNIfTI, "the voxels cannot start at byte \(raw.vox_offset)")
        }
        self.raw = raw
        self.size = try Self.size(raw)
        self.dataType = dataType
        self.dataOffset = Int(raw.vox_offset)
    }

    private static func size(_ raw: nifti_1_header) throws(NIfTIError) -> GridSize {
        let extents = [
            raw.dim.1, raw.dim.2, raw.dim.3, raw.dim.4, raw.dim.5, raw.dim.6, raw.dim.7,
        ].map { Int($0) }
        let rank = Int(raw.dim.0)
        guard (2...7).contains(rank), extents.prefix(rank).allSatisfy({ $0 >= 1 }) else {
            throw NIfTIError(.unsupportedSize, "an image of \(rank) dimensions \(extents) is not read")
        }
        guard extents.prefix(rank).dropFirst(3).allSatisfy({ $0 == 1 }) else {
            throw NIfTIError(
                .unsupportedSize, "only three dimensions are read, not \(extents.prefix(rank)); split the image")
        }
        let size = GridSize(width: extents[0], height: extents[1], depth: rank > 2 ? extents[2] : 1)
        guard size.count <= NIfTI.maximumVoxelCount else {
            throw NIfTIError(.unsupportedSize, "\(size.count) voxels are more than \(NIfTI.maximumVoxelCount)")
        }
        return size
    }

    /// Slope and intercept from stored to true values; a slope of 0 means none.
    var scaling: (slope: Double, intercept: Double)? {
        let (slope, intercept) = (Double(raw.scl_slope), Double(raw.scl_inter))
        guard slope.isFinite, intercept.isFinite, slope != 0, (slope, intercept) != (1, 0) else { return nil }
        return (slope, intercept)
    }
}
