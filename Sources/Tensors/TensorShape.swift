/// The extents of a dense channels-last array; the last is the fastest in memory:
/// element (z, y, x, c) is at `c + channels * (x + width * (y + height * z))`.
public struct TensorShape: Hashable, Sendable {
    public var depth: Int
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(depth: Int, height: Int, width: Int, channels: Int) {
        self.depth = depth
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// Voxels, whatever their number of channels.
    public var voxelCount: Int { depth * height * width }
    public var count: Int { voxelCount * channels }
    /// Rows along x.
    public var rowCount: Int { depth * height }

    public func withChannels(_ channels: Int) -> TensorShape {
        TensorShape(depth: depth, height: height, width: width, channels: channels)
    }
}
