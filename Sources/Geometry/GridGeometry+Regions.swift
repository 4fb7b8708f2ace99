extension GridGeometry {
    /// The geometry of a box of this grid: same axes and spacing, the origin at the box's first voxel.
    public func cropped(to box: VoxelBox) -> GridGeometry {
        var result = self
        result.size = box.size
        result.origin = position(box.lower)
        return result
    }

    /// The centre of the whole grid.
    public var centre: PointMM {
        position(i: Double(size.width - 1) / 2, j: Double(size.height - 1) / 2, k: Double(size.depth - 1) / 2)
    }

    /// Extents in mm along i, j and k, counted from outer face to outer face.
    public var extentMM: SpacingMM {
        SpacingMM(
            i: Double(size.width) * spacing.i, j: Double(size.height) * spacing.j, k: Double(size.depth) * spacing.k)
    }

    /// Whether both grids have the same size and place every corner voxel at the same point, within a tolerance.
    public func coincides(with other: GridGeometry, toleranceMM: Double) -> Bool {
        guard size == other.size else { return false }
        let ends = (i: [0, size.width - 1], j: [0, size.height - 1], k: [0, size.depth - 1])
        return ends.i.allSatisfy { i in
            ends.j.allSatisfy { j in
                ends.k.allSatisfy { k in
                    let corner = VoxelIndex(i: i, j: j, k: k)
                    return (position(corner) - other.position(corner)).length <= toleranceMM
                }
            }
        }
    }
}
