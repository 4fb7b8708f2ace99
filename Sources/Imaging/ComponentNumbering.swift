import Geometry

/// Numbers joined runs in scan order and gathers each component's size and box.
struct ComponentNumbering {
    /// The component of each run, from 1.
    private(set) var components: [Int32]
    private(set) var sizes: [Int] = []
    private(set) var boxes: [VoxelBox] = []

    private struct Extent {
        var count: Int
        var box: VoxelBox
        /// The first voxel in scan order, as its offset in that order.
        var key: Int
    }

    /// - Parameter runs: joined.
    init(_ runs: RowRuns, order: ConnectedComponents.ScanOrder) {
        var extents: [Extent] = []
        components = [Int32](repeating: 0, count: runs.runs.count)
        runs.forEach { index, run, row in
            let extent = Self.extent(of: run, row: row, size: runs.size, order: order)
            let root = runs.root(index)
            if root == index {
                extents.append(extent)
                components[index] = Int32(extents.count)
            } else {
                // The root comes before the other runs of its component.
                components[index] = components[root]
                Self.merge(extent, into: &extents[Int(components[root]) - 1])
            }
        }
        let sorted = extents.indices.sorted { extents[$0].key < extents[$1].key }
        renumber(sorted)
        sizes = sorted.map { extents[$0].count }
        boxes = sorted.map { extents[$0].box }
    }

    private mutating func renumber(_ sorted: [Int]) {
        var number = [Int32](repeating: 0, count: sorted.count + 1)
        for (position, component) in sorted.enumerated() { number[component + 1] = Int32(position + 1) }
        for index in components.indices { components[index] = number[Int(components[index])] }
    }

    private static func extent(
        of run: RowRuns.Run, row: Int, size: GridSize, order: ConnectedComponents.ScanOrder
    ) -> Extent {
        let first = VoxelIndex(i: Int(run.start), j: row % size.height, k: row / size.height)
        let end = VoxelIndex(i: Int(run.end), j: first.j + 1, k: first.k + 1)
        let key =
            switch order {
            case .iFastest: size.offset(first)
            case .kFastest: (first.i * size.height + first.j) * size.depth + first.k
            }
        return Extent(count: end.i - first.i, box: VoxelBox(lower: first, upper: end), key: key)
    }

    private static func merge(_ part: Extent, into whole: inout Extent) {
        whole.count += part.count
        whole.key = min(whole.key, part.key)
        whole.box = whole.box.union(part.box)
    }
}
