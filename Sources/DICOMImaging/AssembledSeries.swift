import Geometry
public import Imaging

/// A series as a volume, with the way back to its slices.
public struct AssembledSeries: Sendable {
    /// Regular and orthogonal: the network's input. Sheared or unevenly spaced slices have been resampled.
    public let volume: Volume
    /// The slices where they are: the grid of all results.
    public let grid: SourceGrid
    public let source: SourceSeries
    /// What was noticed on the way, worth telling a reader.
    public let messages: [AssemblyMessage]
    /// The source's own voxels; the same as `volume` for a regular stack.
    public let sourceVolume: Volume
    private let shear: SliceShear?
    private let resampling: SliceResampling?

    init(
        _ frames: SliceDecoder.Frames, grid: SourceGrid, source: SourceSeries, decision: CandidateStack, threads: Int
    ) {
        let sourceVolume = Volume(
            geometry: grid.geometry, voxels: frames.voxels, unit: grid.unit, padding: frames.padding)
        shear = decision.isSheared ? SliceShear(grid.stack) : nil
        resampling = decision.isUneven ? SliceResampling(positionsMM: grid.stack.positionsMM) : nil
        let straightened = shear?.straightened(sourceVolume, threads: threads) ?? sourceVolume
        volume = resampling?.resampled(straightened, threads: threads) ?? straightened
        self.sourceVolume = sourceVolume
        self.grid = grid
        self.source = source
        messages = decision.messages + (frames.hasImplausibleAir ? [AssemblyMessage(.implausibleAir)] : [])
    }

    /// Labels on the grid of `volume`, brought back to the source's slices (nearest voxel).
    public func mapToSource(_ labels: LabelMap) -> LabelMap {
        let onSlices = resampling?.restored(labels, on: shear?.straight ?? grid.geometry) ?? labels
        return shear?.restored(onSlices, on: grid.geometry) ?? onSlices
    }

    /// Measures the segments of a label map on the source's slices, where they really lie.
    public func measure(_ sourceLabels: LabelMap) -> [RegionMeasurements] {
        RegionMeasurements.measure(sourceLabels, of: sourceVolume, stack: grid.stack)
    }
}
