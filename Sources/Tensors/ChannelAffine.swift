/// v * scale[c] + shift[c] for every channel, then max(v, 0) if `relu`: a batch norm that no convolution takes in.
public final class ChannelAffine: Sendable {
    let scale: AlignedBuffer
    let shift: AlignedBuffer
    public let relu: Bool
    /// In memory.
    public var channels: Int { scale.count }

    /// - Parameter channels: in memory; those beyond the map's own become zero.
    public init(scale: [Float], shift: [Float], relu: Bool, channels: Int) {
        precondition(scale.count == shift.count && scale.count <= channels, "an affine map of another width")
        self.scale = AlignedBuffer(scale, count: channels)
        self.shift = AlignedBuffer(shift, count: channels)
        self.relu = relu
    }
}
