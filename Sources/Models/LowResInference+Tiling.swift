internal import Foundation
package import Geometry
package import Imaging

extension LowResInference {
    /// Overlapping patches of one size that cover a volume, as the published code lays them out: the volume is padded
    /// with zeros on both sides to the patch, and then to whole strides.
    ///
    /// For comparison: the whole volume at once is half of the work and has no borders inside.
    package struct Tiling: Sendable, Hashable {
        /// Voxels along each axis.
        package let patch: Int
        package let stride: Int

        package init(patch: Int, stride: Int) {
            precondition(patch > 0 && (1...patch).contains(stride), "patches that leave gaps")
            self.patch = patch
            self.stride = stride
        }

        /// Of the published experiments.
        package static let experiments = Tiling(patch: 216, stride: 200)
        /// Of the published timing on CPUs.
        package static let cpuBenchmark = Tiling(patch: 96, stride: 88)

        /// Where the patches start along an axis, in voxels of the volume; the first is negative where it is padded.
        package func starts(_ length: Int) -> [Int] {
            let strides = (max(length, patch) - patch + stride - 1) / stride
            let before = (patch + strides * stride - length) / 2
            return (0...strides).map { $0 * stride - before }
        }

        /// The patches over a volume, x fastest; they reach beyond it where it is padded.
        package func patches(_ size: GridSize) -> [VoxelBox] {
            starts(size.depth).flatMap { k in
                starts(size.height).flatMap { j in
                    starts(size.width).map { i in
                        VoxelBox(
                            lower: VoxelIndex(i: i, j: j, k: k),
                            upper: VoxelIndex(i: i + patch, j: j + patch, k: k + patch))
                    }
                }
            }
        }
    }

    package struct TiledResult {
        /// On the image's grid: the mean where patches overlap.
        package let probabilities: Grid<Float>
        package let patchCount: Int
        /// Of all patches.
        package let boxCount: Int
        package let multiplyAccumulates: Int
    }

    /// The published inference, patch by patch; outside of all boxes a patch has the probability of Stage 1, as
    /// published. Not to be called on two threads at once.
    package func run(
        on image: Grid<Float>, tiling: Tiling, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> TiledResult {
        let patches = tiling.patches(image.size)
        var sums = Grid<Float>(size: image.size, repeating: 0)
        var counts = Grid<Float>(size: image.size, repeating: 0)
        var boxCount = 0, work = 0
        for (number, patch) in patches.enumerated() {
            let result = try run(on: image.patch(patch), outside: .stage1, &clock, progress: { _ in })
            result.logits.forEachVoxel(of: image.size, from: patch.lower) { index, logit in
                sums.elements[index] += 1 / (1 + exp(-logit))
                counts.elements[index] += 1
            }
            boxCount += result.boxes.count
            work += result.multiplyAccumulates
            progress(Double(number + 1) / Double(patches.count))
        }
        for index in sums.elements.indices { sums.elements[index] /= counts.elements[index] }
        return TiledResult(
            probabilities: sums, patchCount: patches.count, boxCount: boxCount, multiplyAccumulates: work)
    }
}

extension Grid<Float> {
    /// The voxels of a box, zero beyond the grid.
    fileprivate func patch(_ box: VoxelBox) -> Grid {
        var patch = Grid(size: box.size, repeating: 0)
        let source = self
        patch.forEachRow(of: size, from: box.lower) { inPatch, inGrid in
            patch.elements.replaceSubrange(inPatch, with: source.elements[inGrid])
        }
        return patch
    }

    /// The rows of this grid, which lies at `lower` in another, as far as they lie inside it: their elements here and
    /// there.
    private func forEachRow(of other: GridSize, from lower: VoxelIndex, _ body: (Range<Int>, Range<Int>) -> Void) {
        let first = max(0, -lower.i), end = min(size.width, other.width - lower.i)
        guard first < end else { return }
        for k in max(0, -lower.k)..<max(max(0, -lower.k), min(size.depth, other.depth - lower.k)) {
            for j in max(0, -lower.j)..<max(max(0, -lower.j), min(size.height, other.height - lower.j)) {
                let here = size.offset(VoxelIndex(i: first, j: j, k: k))
                let there = other.offset(VoxelIndex(i: lower.i + first, j: lower.j + j, k: lower.k + k))
                body(here..<here + end - first, there..<there + end - first)
            }
        }
    }

    /// Calls `body` with the place in a grid of size `other` and the value of every voxel that lies inside it.
    fileprivate func forEachVoxel(of other: GridSize, from lower: VoxelIndex, _ body: (Int, Float) -> Void) {
        forEachRow(of: other, from: lower) { here, there in
            for (index, place) in zip(here, there) { body(place, elements[index]) }
        }
    }
}
