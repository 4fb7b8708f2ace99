public import Geometry

/// Straightens a stack whose slices are shifted in their plane against each other, as gantry tilt does: linear
/// interpolation within each slice for values, the nearest voxel for labels on the way back.
public struct SliceShear: Sendable {
    /// The grid of the stack as stored; its k axis ignores the shifts.
    private let sheared: GridSize
    /// The straight grid: wide enough for every slice, k along the normal with the stack's mean distance.
    public let straight: GridGeometry
    /// Where pixel (0, 0) of each slice lies in the straight grid, in its pixels; never negative.
    private let offsets: [(i: Double, j: Double)]

    public init(_ stack: SliceStack) {
        let shifts = stack.shiftsMM.map { (i: $0.i / stack.spacingI, j: $0.j / stack.spacingJ) }
        let least = (
            i: shifts.map(\.i).reduce(0, min).rounded(.down), j: shifts.map(\.j).reduce(0, min).rounded(.down)
        )
        offsets = shifts.map { ($0.i - least.i, $0.j - least.j) }
        sheared = GridSize(width: stack.columns, height: stack.rows, depth: stack.origins.count)
        let positions = stack.positionsMM
        let gaps = Double(max(positions.count - 1, 1))
        straight = GridGeometry(
            size: GridSize(
                width: stack.columns + Int(offsets.map(\.i).reduce(0, max).rounded(.up)),
                height: stack.rows + Int(offsets.map(\.j).reduce(0, max).rounded(.up)), depth: positions.count),
            spacing: SpacingMM(
                i: stack.spacingI, j: stack.spacingJ,
                k: positions.count > 1 ? positions[positions.count - 1] / gaps : stack.singleSliceThicknessMM),
            origin: stack.origins[0] + stack.iDirection * (least.i * stack.spacingI)
                + stack.jDirection * (least.j * stack.spacingJ),
            iDirection: stack.iDirection, jDirection: stack.jDirection, kDirection: stack.normal)
    }

    /// The volume on the straight grid; what no slice covers is padding.
    public func straightened(_ volume: Volume, threads: Int = 1) -> Volume {
        precondition(volume.size == sheared, "a volume of another stack")
        var padding = Mask(size: straight.size, repeating: 0)
        let area = straight.size.planeCount
        let voxels = padding.elements.withUnsafeMutableBufferPointer { padding in
            [Float](unsafeUninitializedCapacity: straight.size.count) { result, count in
                ForkJoin.run(count: sheared.depth, threads: threads) { slices in
                    for k in slices {
                        let plane = k * area..<(k + 1) * area
                        straighten(
                            volume, slice: k, values: UnsafeMutableBufferPointer(rebasing: result[plane]),
                            padding: UnsafeMutableBufferPointer(rebasing: padding[plane]))
                    }
                }
                count = straight.size.count
            }
        }
        return Volume(geometry: straight, voxels: voxels, unit: volume.unit, padding: padding)
    }

    private func straighten(
        _ volume: Volume, slice k: Int, values: UnsafeMutableBufferPointer<Float>,
        padding: UnsafeMutableBufferPointer<UInt8>
    ) {
        let columns = taps(straight.size.width, shift: offsets[k].i)
        let rows = taps(straight.size.height, shift: offsets[k].j)
        for (j, row) in rows.enumerated() {
            for (i, column) in columns.enumerated() {
                let value = interpolate(volume, column, row, k)
                values[i + j * straight.size.width] = value ?? volume.unit.background
                padding[i + j * straight.size.width] = value == nil ? 1 : 0
            }
        }
    }

    /// The two stored positions around a straight one, the nearer first, with the weight of the farther.
    private typealias Tap = (near: Int, far: Int, farWeight: Float)

    private func taps(_ count: Int, shift: Double) -> [Tap] {
        (0..<count).map { n in
            let position = Double(n) - shift
            let near = position.rounded()
            let far = position < near ? near - 1 : near + 1
            return (Int(near), Int(far), Float(abs(position - near)))
        }
    }

    /// Bilinear among the voxels that exist and are not padding; nil where the nearest is not one of them.
    private func interpolate(_ volume: Volume, _ i: Tap, _ j: Tap, _ k: Int) -> Float? {
        guard isMeasured(volume, i.near, j.near, k) else { return nil }
        var sum: Float = 0
        var weights: Float = 0
        for (jAt, jWeight) in [(j.near, 1 - j.farWeight), (j.far, j.farWeight)] where jWeight > 0 {
            for (iAt, iWeight) in [(i.near, 1 - i.farWeight), (i.far, i.farWeight)]
            where iWeight > 0 && isMeasured(volume, iAt, jAt, k) {
                sum += volume.voxels[iAt + sheared.width * (jAt + sheared.height * k)] * (iWeight * jWeight)
                weights += iWeight * jWeight
            }
        }
        return sum / weights
    }

    private func isMeasured(_ volume: Volume, _ i: Int, _ j: Int, _ k: Int) -> Bool {
        sheared.contains(VoxelIndex(i: i, j: j, k: k)) && volume.padding?[i, j, k] != 1
    }

    /// Labels on the straight grid brought back to the stored slices.
    /// - Parameter geometry: of the result, of the stack's size.
    public func restored(_ map: LabelMap, on geometry: GridGeometry) -> LabelMap {
        LabelMap(geometry: geometry, labels: restoredSlices(map.grid).elements)
    }

    /// A mask on the straight grid brought back to the stored slices.
    public func restored(_ mask: Mask) -> Mask { restoredSlices(mask) }

    private func restoredSlices<Label: FixedWidthInteger>(_ grid: Grid<Label>) -> Grid<Label> {
        precondition(grid.size == straight.size, "a grid of another stack")
        var result = Grid<Label>(size: sheared, repeating: 0)
        for k in 0..<sheared.depth {
            let shift = (i: Int(offsets[k].i.rounded()), j: Int(offsets[k].j.rounded()))
            let lower = VoxelIndex(i: shift.i, j: shift.j, k: k)
            let upper = VoxelIndex(i: shift.i + sheared.width, j: shift.j + sheared.height, k: k + 1)
            result.paste(grid.cropped(to: VoxelBox(lower: lower, upper: upper)), at: VoxelIndex(i: 0, j: 0, k: k))
        }
        return result
    }
}
