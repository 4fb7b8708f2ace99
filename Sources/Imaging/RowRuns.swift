import Geometry
import Glibc

/// The maximal runs of one value along the rows of a mask, joined into components by union-find.
///
/// Images of anatomy have few runs per row, so that all work after the first pass is on runs instead of voxels.
struct RowRuns {
    struct Run {
        let start: Int32
        /// Exclusive.
        let end: Int32
    }

    /// Which earlier rows a row is joined with, and how far apart along i two runs may be.
    struct Neighbourhood {
        /// Steps (j, k) to rows that come earlier in memory.
        let rowSteps: [(j: Int, k: Int)]
        let reach: Int32

        static let six = Neighbourhood(rowSteps: [(-1, 0), (0, -1)], reach: 0)
        static let twentySix = Neighbourhood(rowSteps: [(-1, 0), (-1, -1), (0, -1), (1, -1)], reach: 1)
        /// Four neighbours within a slice.
        static let inSlice = Neighbourhood(rowSteps: [(-1, 0)], reach: 0)
    }

    let size: GridSize
    private(set) var runs: [Run] = []
    /// The runs of row `j + height * k` are `runs[rowStarts[row]..<rowStarts[row + 1]]`.
    private(set) var rowStarts: [Int] = [0]
    /// Union-find: the root of a component is its first run in memory order.
    private var parents: [Int32] = []

    /// Finds the runs of `value` (0 or 1).
    init(of value: UInt8, in mask: Mask) {
        size = mask.size
        rowStarts.reserveCapacity(size.height * size.depth + 1)
        mask.elements.withUnsafeBufferPointer { elements in
            for row in 0..<size.height * size.depth {
                let range = row * size.width..<(row + 1) * size.width
                appendRuns(of: value, in: UnsafeBufferPointer(rebasing: elements[range]))
                rowStarts.append(runs.count)
            }
        }
        parents = runs.indices.map { Int32($0) }
    }

    /// `memchr` looks at 32 voxels at a time.
    private mutating func appendRuns(of value: UInt8, in row: UnsafeBufferPointer<UInt8>) {
        guard let base = UnsafeRawPointer(row.baseAddress) else { return }
        func next(_ value: UInt8, from start: Int) -> Int {
            memchr(base + start, Int32(value), row.count - start).map { UnsafeRawPointer($0) - base } ?? row.count
        }
        var start = next(value, from: 0)
        while start < row.count {
            let end = next(1 - value, from: start)
            runs.append(Run(start: Int32(start), end: Int32(end)))
            start = next(value, from: end)
        }
    }

    /// Joins all runs that are neighbours. After this `root` is final.
    mutating func join(_ neighbourhood: Neighbourhood) {
        for k in 0..<size.depth {
            for j in 0..<size.height where !isEmpty(row: j + size.height * k) {
                for step in neighbourhood.rowSteps
                where k + step.k >= 0 && j + step.j >= 0 && j + step.j < size.height {
                    joinRows(
                        j + size.height * k, j + step.j + size.height * (k + step.k), reach: neighbourhood.reach)
                }
            }
        }
        // Parents come before their children, so that one ascending pass leads every run to its root.
        for run in parents.indices { parents[run] = parents[Int(parents[run])] }
    }

    private func isEmpty(row: Int) -> Bool { rowStarts[row] == rowStarts[row + 1] }

    private mutating func joinRows(_ row: Int, _ other: Int, reach: Int32) {
        var a = rowStarts[row]
        var b = rowStarts[other]
        while a < rowStarts[row + 1] && b < rowStarts[other + 1] {
            let (left, right) = (runs[a], runs[b])
            if left.start < right.end + reach && right.start < left.end + reach { unite(a, b) }
            if left.end < right.end { a += 1 } else { b += 1 }
        }
    }

    /// The first run of the component that a run belongs to; valid after `join`.
    func root(_ run: Int) -> Int { Int(parents[run]) }

    private mutating func unite(_ a: Int, _ b: Int) {
        let (rootA, rootB) = (findRoot(a), findRoot(b))
        parents[max(rootA, rootB)] = Int32(min(rootA, rootB))
    }

    /// Halves the path on its way.
    private mutating func findRoot(_ run: Int) -> Int {
        var run = run
        while Int(parents[run]) != run {
            parents[run] = parents[Int(parents[run])]
            run = Int(parents[run])
        }
        return run
    }

    /// Calls `body` with each run's index, itself and its row, in memory order.
    func forEach(_ body: (Int, Run, Int) -> Void) {
        for row in 0..<rowStarts.count - 1 {
            for index in rowStarts[row]..<rowStarts[row + 1] { body(index, runs[index], row) }
        }
    }
}
