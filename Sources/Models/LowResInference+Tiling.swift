internal import Foundation
internal import Geometry
package import Imaging

extension Tiling {
    /// LowRes, in the published experiments.
    package static let lowResExperiments = Tiling(patch: 216, stride: 200)
    /// LowRes, in the published timing on CPUs.
    package static let lowResCPUBenchmark = Tiling(patch: 96, stride: 88)
}

extension LowResInference {
    package struct TiledResult {
        /// On the image's grid: the mean where patches overlap.
        package let probabilities: Grid<Float>
        package let patchCount: Int
        /// Of all patches.
        package let boxCount: Int
        package let multiplyAccumulates: Int
    }

    /// The published inference, patch by patch, for comparison: the whole volume at once is half of the work and has no
    /// borders inside. Outside of all boxes a patch has the probability of Stage 1, as published.
    ///
    /// Not to be called on two threads at once.
    /// - Parameter tiling: without margin.
    package func run(
        on image: Grid<Float>, tiling: Tiling, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> TiledResult {
        let patches = tiling.patches(image.size)
        precondition(tiling.margin == 0, "LowRes takes patches as they are")
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

extension Tiling {
    /// The patches in voxels of an image; they reach beyond it where it is padded.
    fileprivate func patches(_ size: GridSize) -> [VoxelBox] {
        let padded = paddedSize(size)
        let before = VoxelIndex(
            i: (padded.width - size.width) / 2, j: (padded.height - size.height) / 2,
            k: (padded.depth - size.depth) / 2)
        return origins(size).map { origin in
            let lower = VoxelIndex(i: origin.i - before.i, j: origin.j - before.j, k: origin.k - before.k)
            let upper = VoxelIndex(i: lower.i + patch, j: lower.j + patch, k: lower.k + patch)
            return VoxelBox(lower: lower, upper: upper)
        }
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
