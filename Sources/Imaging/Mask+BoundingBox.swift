public import Geometry
import Glibc

extension Mask {
    /// The smallest box around all voxels of the mask; nil if it is empty.
    public var boundingBox: VoxelBox? {
        var box: VoxelBox?
        for k in 0..<size.depth {
            for j in 0..<size.height {
                guard let columns = columns(j: j, k: k) else { continue }
                let line = VoxelBox(
                    lower: VoxelIndex(i: columns.lowerBound, j: j, k: k),
                    upper: VoxelIndex(i: columns.upperBound, j: j + 1, k: k + 1))
                box = box?.union(line) ?? line
            }
        }
        return box
    }

    /// From the first to the last voxel of a row; `memchr` looks at 32 voxels at a time.
    private func columns(j: Int, k: Int) -> Range<Int>? {
        let start = size.offset(VoxelIndex(i: 0, j: j, k: k))
        return elements[start..<start + size.width].withUnsafeBufferPointer { row in
            guard let base = row.baseAddress, let first = memchr(base, 1, row.count) else { return nil }
            let end = row.lastIndex(of: 1).map { $0 + 1 } ?? row.count
            return UnsafeRawPointer(first) - UnsafeRawPointer(base)..<end
        }
    }

    /// The number of voxels inside.
    public var voxelCount: Int { elements.reduce(0) { $0 + Int($1) } }
}
