public import Geometry

/// What is measured on one region of a label map.
public struct RegionMeasurements: Sendable, Hashable, Codable {
    public let label: UInt16
    public let voxelCount: Int
    /// The sum of the voxels' volumes.
    public let volumeML: Double
    /// The longest distance between the centres of two boundary voxels, in 3-D; 0 for a single voxel.
    public let longAxisMM: Double
    /// The voxels that the long axis joins; `longAxisStart` comes first in memory order.
    public let longAxisStart: VoxelIndex
    public let longAxisEnd: VoxelIndex
    /// The mean of the voxel centres.
    public let centroid: PointMM
    /// Intensities of the voxels that are not padding; nil where all are padding.
    public let intensity: IntensityStatistics?
    /// The slice k with the largest area; the lowest of equals.
    public let keySlice: Int
    public let boundingBox: VoxelBox
}

/// Mean, population standard deviation and range of a region's intensities, in the volume's unit.
public struct IntensityStatistics: Sendable, Hashable, Codable {
    public let mean: Double
    public let standardDeviation: Double
    public let minimum: Float
    public let maximum: Float
}
