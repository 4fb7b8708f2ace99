package import Geometry

/// How the published code of LowRes runs a network that does not take whole volumes: cubes on a regular lattice, their
/// probabilities averaged where they overlap.
package struct Tiling: Sendable, Hashable {
    /// The side of the cube that comes out of the network.
    package let patch: Int
    /// From one cube to the next.
    package let stride: Int
    /// Voxels around each cube that the network needs besides; filled with the cube's minimum, as published.
    package let margin: Int

    package init(patch: Int, stride: Int, margin: Int = 0) {
        precondition(patch >= stride && stride > 0 && margin >= 0, "cubes that leave voxels out")
        self.patch = patch
        self.stride = stride
        self.margin = margin
    }

    /// The size that an image is padded to with zeros, the smaller half first: that cubes fill exactly.
    package func paddedSize(_ size: GridSize) -> GridSize {
        func padded(_ side: Int) -> Int {
            patch + (max(side, patch) - patch + stride - 1) / stride * stride
        }
        return GridSize(width: padded(size.width), height: padded(size.height), depth: padded(size.depth))
    }

    /// The first voxel of each cube in the padded image.
    package func origins(_ size: GridSize) -> [VoxelIndex] {
        let padded = paddedSize(size)
        func starts(_ side: Int) -> StrideThrough<Int> { Swift.stride(from: 0, through: side - patch, by: stride) }
        return starts(padded.depth).flatMap { k in
            starts(padded.height).flatMap { j in starts(padded.width).map { i in VoxelIndex(i: i, j: j, k: k) } }
        }
    }

    /// How many cubes cover each position along an axis.
    func coverage(_ side: Int) -> [Int] {
        var coverage = [Int](repeating: 0, count: side)
        for start in Swift.stride(from: 0, through: side - patch, by: stride) {
            for position in start..<start + patch { coverage[position] += 1 }
        }
        return coverage
    }
}
