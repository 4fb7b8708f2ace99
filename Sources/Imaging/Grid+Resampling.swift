public import Geometry

extension Grid where Element == Float {
    /// Trilinear resampling to another size, as PyTorch's `interpolate(mode: "trilinear")` does it.
    public func resampledTrilinear(to newSize: GridSize, alignCorners: Bool, threads: Int = 1) -> Grid<Float> {
        precondition(size.count > 0, "resampling of an empty grid")
        func map(_ count: Int, _ newCount: Int) -> LinearMap {
            LinearMap(
                positions: LinearMap.positions(from: count, to: newCount, alignCorners: alignCorners), count: count)
        }
        let maps = (
            i: map(size.width, newSize.width), j: map(size.height, newSize.height), k: map(size.depth, newSize.depth)
        )
        let resampled = [Float](unsafeUninitializedCapacity: newSize.count) { result, count in
            ForkJoin.run(count: newSize.height * newSize.depth, threads: threads) { rows in
                var blended = [Float](repeating: 0, count: size.width)
                for row in rows {
                    blendRows(&blended, (maps.j, row % newSize.height), (maps.k, row / newSize.height))
                    for i in 0..<newSize.width {
                        let (low, high) = (blended[maps.i.lower[i]], blended[maps.i.upper[i]])
                        result[row * newSize.width + i] = low + (high - low) * maps.i.weight[i]
                    }
                }
            }
            count = newSize.count
        }
        return Grid(size: newSize, elements: resampled)
    }

    /// The four source rows around a row of the result, mixed into one.
    private func blendRows(_ blended: inout [Float], _ j: (map: LinearMap, at: Int), _ k: (map: LinearMap, at: Int)) {
        let (wj, wk) = (j.map.weight[j.at], k.map.weight[k.at])
        let starts = [k.map.lower[k.at], k.map.upper[k.at]].flatMap { slice in
            [j.map.lower[j.at], j.map.upper[j.at]].map { size.width * ($0 + size.height * slice) }
        }
        elements.withUnsafeBufferPointer { source in
            for i in 0..<size.width {
                let near = source[starts[0] + i] + (source[starts[1] + i] - source[starts[0] + i]) * wj
                let far = source[starts[2] + i] + (source[starts[3] + i] - source[starts[2] + i]) * wj
                blended[i] = near + (far - near) * wk
            }
        }
    }
}

extension Grid {
    /// Resampling to another size by the nearest voxel, the outer faces of both grids falling together.
    /// - Parameter fromCentres: false: each new voxel takes the old one that its lower face lies in, as PyTorch's
    ///   `interpolate(mode: "nearest")` and OpenCV's `INTER_NEAREST` do it.
    public func resampledNearest(to newSize: GridSize, fromCentres: Bool = true) -> Grid {
        precondition(size.count > 0, "resampling of an empty grid")
        func nearest(_ count: Int, _ newCount: Int) -> [Int] {
            (0..<newCount).map { (2 * $0 + (fromCentres ? 1 : 0)) * count / (2 * newCount) }
        }
        let columns = nearest(size.width, newSize.width)
        let rows = nearest(size.height, newSize.height)
        var elements: [Element] = []
        elements.reserveCapacity(newSize.count)
        for k in nearest(size.depth, newSize.depth) {
            for j in rows {
                let start = size.offset(VoxelIndex(i: 0, j: j, k: k))
                for i in columns { elements.append(self.elements[start + i]) }
            }
        }
        return Grid(size: newSize, elements: elements)
    }
}

extension GridGeometry {
    /// The same field of view cut into another number of voxels: outer faces stay where they are.
    public func resized(to newSize: GridSize) -> GridGeometry {
        let scale = (
            i: Double(size.width) / Double(newSize.width), j: Double(size.height) / Double(newSize.height),
            k: Double(size.depth) / Double(newSize.depth)
        )
        return GridGeometry(
            size: newSize,
            spacing: SpacingMM(i: spacing.i * scale.i, j: spacing.j * scale.j, k: spacing.k * scale.k),
            origin: position(i: (scale.i - 1) / 2, j: (scale.j - 1) / 2, k: (scale.k - 1) / 2),
            iDirection: iDirection, jDirection: jDirection, kDirection: kDirection)
    }
}
