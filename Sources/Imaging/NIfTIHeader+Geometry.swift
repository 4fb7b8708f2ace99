import CNIfTI
import Geometry

extension NIfTIHeader {
    /// A header for a grid; sform and qform both say where it lies.
    init(_ geometry: GridGeometry, dataType: DataType) throws(NIfTIError) {
        let extents = [geometry.size.width, geometry.size.height, geometry.size.depth]
        guard extents.allSatisfy({ (1...Int(Int16.max)).contains($0) }) else {
            throw NIfTIError(.unsupportedSize, "NIfTI-1 holds 1 to 32767 voxels per axis, not \(extents)")
        }
        var raw = nifti_1_header()
        raw.sizeof_hdr = Int32(Self.byteCount)
        raw.regular = CChar(UInt8(ascii: "r"))
        raw.dim = (3, Int16(extents[0]), Int16(extents[1]), Int16(extents[2]), 1, 1, 1, 1)
        raw.datatype = dataType.rawValue
        raw.bitpix = Int16(dataType.byteCount * 8)
        raw.vox_offset = 352
        raw.scl_slope = 1
        raw.xyzt_units = 2
        raw.magic = (CChar(UInt8(ascii: "n")), CChar(UInt8(ascii: "+")), CChar(UInt8(ascii: "1")), 0)
        Self.place(geometry, in: &raw)
        try self.init(checking: raw)
    }

    private static func place(_ geometry: GridGeometry, in raw: inout nifti_1_header) {
        let columns = [
            geometry.iDirection * geometry.spacing.i, geometry.jDirection * geometry.spacing.j,
            geometry.kDirection * geometry.spacing.k, geometry.origin - PointMM(x: 0, y: 0, z: 0),
        ]
        func row(_ component: (VectorMM) -> Double) -> (Float, Float, Float, Float) {
            let values = columns.map { Float(component($0)) }
            return (values[0], values[1], values[2], values[3])
        }
        let matrix = mat44(m: (row { -$0.x }, row { -$0.y }, row(\.z), (0, 0, 0, 1)))
        (raw.srow_x, raw.srow_y, raw.srow_z) = (matrix.m.0, matrix.m.1, matrix.m.2)
        nifti_mat44_to_quatern(
            matrix, &raw.quatern_b, &raw.quatern_c, &raw.quatern_d, &raw.qoffset_x, &raw.qoffset_y, &raw.qoffset_z,
            &raw.pixdim.1, &raw.pixdim.2, &raw.pixdim.3, &raw.pixdim.0)
        // NIFTI_XFORM_SCANNER_ANAT
        (raw.sform_code, raw.qform_code) = (1, 1)
    }

    /// The grid in LPS, from the sform if there is one, else from the qform.
    func gridGeometry() throws(NIfTIError) -> GridGeometry {
        let affine = try self.affine()
        let columns = [0, 1, 2].map { VectorMM(x: -affine[0][$0], y: -affine[1][$0], z: affine[2][$0]) }
        let lengths = columns.map(\.length)
        guard lengths.allSatisfy({ $0 > 1e-6 && $0 < 1e6 }), affine.joined().allSatisfy(\.isFinite) else {
            throw NIfTIError(.unusableGeometry, "voxel sizes \(lengths) mm make no grid")
        }
        let axes = try Self.orthonormal(columns.map(\.normalized))
        return GridGeometry(
            size: size, spacing: SpacingMM(i: lengths[0], j: lengths[1], k: lengths[2]),
            origin: PointMM(x: -affine[0][3], y: -affine[1][3], z: affine[2][3]),
            iDirection: axes[0], jDirection: axes[1], kDirection: axes[2])
    }

    /// The rows of the RAS affine in mm.
    private func affine() throws(NIfTIError) -> [[Double]] {
        let rows: [(Float, Float, Float, Float)]
        if raw.sform_code > 0 {
            rows = [raw.srow_x, raw.srow_y, raw.srow_z]
        } else if raw.qform_code > 0 {
            let matrix = nifti_quatern_to_mat44(
                raw.quatern_b, raw.quatern_c, raw.quatern_d, raw.qoffset_x, raw.qoffset_y, raw.qoffset_z,
                raw.pixdim.1, raw.pixdim.2, raw.pixdim.3, raw.pixdim.0)
            rows = [matrix.m.0, matrix.m.1, matrix.m.2]
        } else {
            throw NIfTIError(.unusableGeometry, "the header has neither sform nor qform; write the orientation into it")
        }
        // The low three bits of xyzt_units: metres, millimetres, micrometres; unknown counts as millimetres.
        let scale: Double = raw.xyzt_units & 7 == 1 ? 1000 : raw.xyzt_units & 7 == 3 ? 0.001 : 1
        return rows.map { row in [row.0, row.1, row.2, row.3].map { Double($0) * scale } }
    }

    /// Removes the rounding of Float32; a real shear is refused.
    private static func orthonormal(_ axes: [VectorMM]) throws(NIfTIError) -> [VectorMM] {
        let skew = [axes[0].dot(axes[1]), axes[1].dot(axes[2]), axes[2].dot(axes[0])].map(abs)
        guard skew.allSatisfy({ $0 < 1e-3 }) else {
            throw NIfTIError(.unusableGeometry, "the axes are not perpendicular; resample the image to a regular grid")
        }
        let j = (axes[1] - axes[0] * axes[0].dot(axes[1])).normalized
        let normal = axes[0].cross(j)
        return [axes[0], j, normal.dot(axes[2]) > 0 ? normal : normal * -1]
    }
}
