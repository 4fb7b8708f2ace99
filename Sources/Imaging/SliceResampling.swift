public import Geometry

/// Resampling along k between slices at uneven distances and a regular grid: linear for values, nearest for labels
/// on the way back.
public struct SliceResampling: Sendable {
    /// The positions of the uneven slices along k, ascending, the first at 0.
    public let positionsMM: [Double]
    /// The distance of the regular slices; the first lies on the first uneven slice.
    public let spacingMM: Double
    /// The number of regular slices: the last one lies at or before the last uneven slice.
    public let regularCount: Int

    /// - Parameters:
    ///   - positionsMM: at least two, strictly ascending.
    ///   - spacingMM: the regular distance, by default the smallest of the given ones.
    public init(positionsMM: [Double], spacingMM: Double? = nil) {
        let gaps = zip(positionsMM.dropFirst(), positionsMM).map { $0 - $1 }
        precondition(!gaps.isEmpty && gaps.allSatisfy { $0 > 0 }, "slices must ascend")
        self.positionsMM = positionsMM.map { $0 - positionsMM[0] }
        self.spacingMM = spacingMM ?? gaps.reduce(gaps[0], min)
        precondition(self.spacingMM > 0, "a spacing above 0")
        let rounding = 1e-6
        regularCount = Int((self.positionsMM.reduce(0, max) / self.spacingMM + rounding).rounded(.down)) + 1
    }

    /// The volume on the regular grid. Where the nearer slice is padding, so is the result; padding of the other
    /// slice has no weight.
    /// - Parameter volume: one slice k per position; its geometry's `spacing.k` is replaced.
    public func resampled(_ volume: Volume, threads: Int = 1) -> Volume {
        precondition(volume.size.depth == positionsMM.count, "one slice per position")
        var geometry = volume.geometry
        geometry.size.depth = regularCount
        geometry.spacing.k = spacingMM
        let map = LinearMap(positions: sourcePositions, count: positionsMM.count)
        let area = volume.size.planeCount
        let blend = PaddedBlend(
            values: volume.voxels, padding: volume.padding?.elements, background: volume.unit.background)
        let (voxels, padding) = blend.lines(count: regularCount, length: area, threads: threads) { k in
            (map.lower[k] * area, map.upper[k] * area, map.weight[k])
        }
        return Volume(
            geometry: geometry, voxels: voxels, unit: volume.unit,
            padding: padding.map { Mask(size: geometry.size, elements: $0) })
    }

    /// Labels on the regular grid brought back to the uneven slices, each from the nearest regular slice.
    /// - Parameter geometry: of the result; its depth is the number of uneven slices.
    public func restored(_ map: LabelMap, on geometry: GridGeometry) -> LabelMap {
        LabelMap(geometry: geometry, labels: restoredSlices(map.grid).elements)
    }

    /// A mask on the regular grid brought back to the uneven slices, each from the nearest regular slice.
    public func restored(_ mask: Mask) -> Mask { restoredSlices(mask) }

    private func restoredSlices<Element>(_ grid: Grid<Element>) -> Grid<Element> {
        precondition(grid.size.depth == regularCount, "a grid of the regular slices")
        let area = grid.size.planeCount
        var elements: [Element] = []
        elements.reserveCapacity(area * positionsMM.count)
        for position in positionsMM {
            let k = min(Int((position / spacingMM).rounded()), regularCount - 1)
            elements += grid.elements[k * area..<(k + 1) * area]
        }
        return Grid(
            size: GridSize(width: grid.size.width, height: grid.size.height, depth: positionsMM.count),
            elements: elements)
    }

    /// The regular slices as fractional indices of uneven slices.
    private var sourcePositions: [Double] {
        var below = 0
        return (0..<regularCount).map { k in
            let position = Double(k) * spacingMM
            while below < positionsMM.count - 2 && positionsMM[below + 1] <= position { below += 1 }
            return Double(below) + (position - positionsMM[below]) / (positionsMM[below + 1] - positionsMM[below])
        }
    }
}
