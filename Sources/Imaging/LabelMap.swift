public import Geometry

/// Regions on a regular grid in patient space: 0 is background, n is region n.
public struct LabelMap: Sendable, Equatable {
    public var geometry: GridGeometry
    /// One label per voxel, i fastest.
    public var labels: [UInt16]

    /// - Parameter labels: exactly `geometry.size.count` values, i fastest.
    public init(geometry: GridGeometry, labels: [UInt16]) {
        precondition(labels.count == geometry.size.count, "a label map needs one label per voxel")
        self.geometry = geometry
        self.labels = labels
    }

    /// A label map of background only.
    public init(geometry: GridGeometry) {
        self.init(geometry: geometry, labels: [UInt16](repeating: 0, count: geometry.size.count))
    }

    public var size: GridSize { geometry.size }

    /// The labels as a grid; shares their storage.
    public var grid: Grid<UInt16> { Grid(size: size, elements: labels) }

    /// The voxels of one label.
    public func mask(of label: UInt16) -> Mask {
        Mask(size: size, elements: labels.map { $0 == label ? 1 : 0 })
    }
}
