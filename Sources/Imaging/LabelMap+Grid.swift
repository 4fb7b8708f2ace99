public import Geometry

extension LabelMap {
    /// The labels along the axes of another grid of the same voxels: tools that write NIfTI flip and permute.
    /// - Returns: nil if the voxels lie elsewhere.
    public func along(_ grid: GridGeometry) -> LabelMap? {
        let onLPS = AxisOrientation(nearestLPSOf: geometry).reoriented(self)
        let orientation = AxisOrientation(nearestLPSOf: grid)
        guard onLPS.geometry.coincides(with: orientation.target, toleranceMM: Self.toleranceMM) else { return nil }
        return orientation.restored(LabelMap(geometry: orientation.target, labels: onLPS.labels))
    }

    /// NIfTI holds its geometry in single precision.
    private static let toleranceMM = 0.05
}
