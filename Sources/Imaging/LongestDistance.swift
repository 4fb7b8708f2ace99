import Geometry

/// The exact longest distance among points, found without looking at most pairs.
///
/// Points are sorted by their distance from a centre; a pair can be longer than the best one so far only
/// if the sum of its two distances is, so that the search over sorted pairs stops early.
struct LongestDistance {
    private(set) var distanceMM = 0.0
    /// The two ends, `start` first in memory order (k, j, i).
    private(set) var start: VoxelIndex
    private(set) var end: VoxelIndex

    private struct Candidate {
        let index: VoxelIndex
        let point: PointMM
        let radius: Double
    }

    /// - Parameter points: at least one.
    init(between points: [(index: VoxelIndex, point: PointMM)]) {
        precondition(!points.isEmpty, "the extent of no points")
        start = points[0].index
        end = points[0].index
        let centre = Self.centre(of: points.map(\.point))
        let candidates = points.map {
            Candidate(index: $0.index, point: $0.point, radius: ($0.point - centre).length)
        }.sorted { $0.radius > $1.radius }
        sweep(candidates)
        search(candidates)
        if Self.memoryOrder(end) < Self.memoryOrder(start) { swap(&start, &end) }
    }

    private static func centre(of points: [PointMM]) -> PointMM {
        let (xs, ys, zs) = (points.map(\.x), points.map(\.y), points.map(\.z))
        func middle(_ values: [Double]) -> Double { ((values.min() ?? 0) + (values.max() ?? 0)) / 2 }
        return PointMM(x: middle(xs), y: middle(ys), z: middle(zs))
    }

    /// A good first distance: from the outermost point to the farthest from it, and once more from there.
    private mutating func sweep(_ candidates: [Candidate]) {
        var from = candidates[0]
        for _ in 0..<3 {
            var farthest = from
            for candidate in candidates
            where (candidate.point - from.point).length > (farthest.point - from.point).length {
                farthest = candidate
            }
            take(from, farthest)
            from = farthest
        }
    }

    private mutating func search(_ candidates: [Candidate]) {
        candidates.withUnsafeBufferPointer { candidates in
            for a in candidates.indices {
                let first = candidates[a]
                if first.radius * 2 <= distanceMM { break }
                for b in a + 1..<max(a + 1, candidates.count) {
                    if first.radius + candidates[b].radius <= distanceMM { break }
                    take(first, candidates[b])
                }
            }
        }
    }

    private mutating func take(_ a: Candidate, _ b: Candidate) {
        let offset = a.point - b.point
        guard offset.dot(offset) > distanceMM * distanceMM else { return }
        (distanceMM, start, end) = (offset.length, a.index, b.index)
    }

    private static func memoryOrder(_ index: VoxelIndex) -> (Int, Int, Int) { (index.k, index.j, index.i) }
}
