import Geometry

/// What a pass over the slices gathers about one label.
struct RegionAccumulator {
    let label: UInt16
    private(set) var voxelCount = 0
    private(set) var volumeML = 0.0
    /// The sum of the voxel centres as vectors from the origin of patient space.
    private(set) var positionSum = VectorMM(x: 0, y: 0, z: 0)
    private(set) var intensity = IntensityAccumulator()
    private(set) var box: VoxelBox
    private(set) var keySlice = 0
    /// The corners of each slice's convex hull: the ends of the longest distance are among them.
    private(set) var hull: [VoxelIndex] = []

    private var keySliceArea = 0
    private var slice = Slice()

    /// The current slice: voxels, sums of their indices, and the two ends of every row.
    private struct Slice {
        var count = 0
        var sumI = 0
        var sumJ = 0
        var rows: [(j: Int, first: Int, last: Int)] = []
    }

    init(label: UInt16, at first: VoxelIndex) {
        self.label = label
        box = VoxelBox(lower: first, upper: VoxelIndex(i: first.i + 1, j: first.j + 1, k: first.k + 1))
    }

    mutating func addRun(_ run: Range<Int>, j: Int, k: Int) {
        slice.count += run.count
        slice.sumI += (run.lowerBound + run.upperBound - 1) * run.count / 2
        slice.sumJ += j * run.count
        if let row = slice.rows.last, row.j == j {
            slice.rows[slice.rows.count - 1].last = run.upperBound - 1
        } else {
            slice.rows.append((j, run.lowerBound, run.upperBound - 1))
        }
        box = box.union(
            VoxelBox(
                lower: VoxelIndex(i: run.lowerBound, j: j, k: k),
                upper: VoxelIndex(i: run.upperBound, j: j + 1, k: k + 1)))
    }

    mutating func addIntensities(_ values: Span<Float>, padding: ArraySlice<UInt8>?) {
        intensity.add(values, padding: padding)
    }

    mutating func endSlice(_ k: Int, placement: SlicePlacement) {
        let count = Double(slice.count)
        let mean = placement.position(i: Double(slice.sumI) / count, j: Double(slice.sumJ) / count, k: k)
        positionSum = positionSum + (mean - PointMM(x: 0, y: 0, z: 0)) * count
        voxelCount += slice.count
        volumeML += count * placement.voxelVolumesML[k]
        if slice.count > keySliceArea { (keySliceArea, keySlice) = (slice.count, k) }
        hull += Self.chain(slice.rows.map { ($0.first, $0.j) }, turning: 1).map { VoxelIndex(i: $0.i, j: $0.j, k: k) }
        hull += Self.chain(slice.rows.map { ($0.last, $0.j) }, turning: -1).map { VoxelIndex(i: $0.i, j: $0.j, k: k) }
        slice = Slice()
    }

    /// One side of the convex hull (Andrew's monotone chain) of points given with ascending j.
    private static func chain(_ points: [(i: Int, j: Int)], turning sign: Int) -> [(i: Int, j: Int)] {
        var chain: [(i: Int, j: Int)] = []
        for point in points {
            while chain.count > 1 {
                let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
                let cross = (b.i - a.i) * (point.j - a.j) - (b.j - a.j) * (point.i - a.i)
                if cross * sign < 0 { break }
                chain.removeLast()
            }
            chain.append(point)
        }
        return chain
    }
}

/// The accumulators of all labels met so far.
struct RegionAccumulators {
    private var regions: [RegionAccumulator] = []
    /// The position of each label's accumulator, -1 for labels not met.
    private var positions = [Int32](repeating: -1, count: Int(UInt16.max) + 1)
    /// The accumulators that the current slice has touched.
    private var touched: Set<Int> = []

    var sorted: [RegionAccumulator] { regions.sorted { $0.label < $1.label } }

    mutating func addSlice(_ k: Int, of map: LabelMap, intensities volume: Volume) {
        for j in 0..<map.size.height {
            let start = map.size.offset(VoxelIndex(i: 0, j: j, k: k))
            let row = map.labels.span.extracting(start..<start + map.size.width)
            Self.forEachRun(of: row) { label, run in
                let region = position(of: label, at: VoxelIndex(i: run.lowerBound, j: j, k: k))
                regions[region].addRun(run, j: j, k: k)
                let voxels = start + run.lowerBound..<start + run.upperBound
                regions[region].addIntensities(
                    volume.voxels.span.extracting(voxels), padding: volume.padding?.elements[voxels])
            }
        }
    }

    mutating func endSlice(_ k: Int, placement: SlicePlacement) {
        for region in touched { regions[region].endSlice(k, placement: placement) }
        touched.removeAll(keepingCapacity: true)
    }

    private mutating func position(of label: UInt16, at first: VoxelIndex) -> Int {
        if positions[Int(label)] < 0 {
            positions[Int(label)] = Int32(regions.count)
            regions.append(RegionAccumulator(label: label, at: first))
        }
        touched.insert(Int(positions[Int(label)]))
        return Int(positions[Int(label)])
    }

    /// Runs of equal labels other than background. Most rows are all background: one vectorised look tells.
    private static func forEachRun(of row: Span<UInt16>, _ body: (UInt16, Range<Int>) -> Void) {
        var anyLabel: UInt16 = 0
        for i in row.indices { anyLabel |= row[i] }
        var start = anyLabel == 0 ? row.count : 0
        while start < row.count {
            let label = row[start]
            var end = start + 1
            while end < row.count && row[end] == label { end += 1 }
            if label != 0 { body(label, start..<end) }
            start = end
        }
    }
}
