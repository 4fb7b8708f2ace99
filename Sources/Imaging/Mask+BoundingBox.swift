public import Geometry

extension Mask {
    /// The smallest box around all voxels of the mask; nil if it is empty.
    public var boundingBox: VoxelBox? {
        var box: VoxelBox?
        for k in 0..<size.depth {
            for j in 0..<size.height {
                let start = size.offset(VoxelIndex(i: 0, j: j, k: k))
                let row = elements[start..<start + size.width]
                guard let first = row.firstIndex(of: 1), let last = row.lastIndex(of: 1) else { continue }
                let line = VoxelBox(
                    lower: VoxelIndex(i: first - start, j: j, k: k),
                    upper: VoxelIndex(i: last - start + 1, j: j + 1, k: k + 1))
                box = box?.union(line) ?? line
            }
        }
        return box
    }

    /// The number of voxels inside.
    public var voxelCount: Int { elements.reduce(0) { $0 + Int($1) } }
}
