public import Geometry

/// What a voxel value means.
public enum IntensityUnit: String, Sendable, Codable, CaseIterable {
    /// CT numbers, air -1000 and water 0 (PS3.3 §C.11.1.1.2).
    case hounsfield
    /// Activity concentration of PET.
    case becquerelsPerML
    /// No physical unit (MR, and whatever the header does not vouch for).
    case arbitrary

    /// What stands where nothing was measured: -1024 HU (air), otherwise 0.
    public var background: Float { self == .hounsfield ? -1024 : 0 }
}

/// An image on a regular grid in patient space.
public struct Volume: Sendable {
    public var geometry: GridGeometry
    /// One value per voxel, i fastest, in `unit`.
    public var voxels: [Float]
    public var unit: IntensityUnit
    /// Voxels that the scanner did not measure (PixelPaddingValue and the like); they hold `unit.background`,
    /// and statistics and interpolation leave them out. Nil where there are none.
    public var padding: Mask?

    /// - Parameter voxels: exactly `geometry.size.count` values, i fastest; `padding`, if any, has the same size.
    public init(geometry: GridGeometry, voxels: [Float], unit: IntensityUnit, padding: Mask? = nil) {
        precondition(voxels.count == geometry.size.count, "a volume needs one value per voxel")
        precondition(padding == nil || padding?.size == geometry.size, "the padding mask is on another grid")
        self.geometry = geometry
        self.voxels = voxels
        self.unit = unit
        self.padding = padding
    }

    public var size: GridSize { geometry.size }

    /// The voxels as a grid; shares their storage.
    public var grid: Grid<Float> { Grid(size: size, elements: voxels) }

    /// The part inside a box of the grid.
    public func cropped(to box: VoxelBox) -> Volume {
        Volume(
            geometry: geometry.cropped(to: box), voxels: grid.cropped(to: box).elements, unit: unit,
            padding: padding?.cropped(to: box))
    }
}
