public import Geometry
public import Imaging

/// The pixels of a series where they really are: its own slices, sorted along the normal, with the strings that place
/// them. Results are written on this grid and no other.
public struct SourceGrid: Sendable {
    /// Size, spacing and directions; exact for regular stacks. For others, the slices say where they lie, and the
    /// spacing along k is the median.
    public let geometry: GridGeometry
    /// What the pixel values mean.
    public let unit: IntensityUnit
    /// ImageOrientationPatient and PixelSpacing as in the file, backslashes between the values.
    public let imageOrientationPatient: String
    public let pixelSpacing: String
    public let slices: [Slice]
    /// Where the slices lie and how thick they are, shear and uneven spacing included.
    public let stack: SliceStack

    /// One slice: an instance, or a frame of one.
    public struct Slice: Sendable {
        public let instance: SourceInstance
        /// From 1; nil for single-frame instances.
        public let frameNumber: Int?
        /// As in the file, backslashes between the values.
        public let imagePositionPatient: String
    }

    public var size: GridSize { geometry.size }
}
