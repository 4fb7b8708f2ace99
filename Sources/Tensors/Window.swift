/// How a convolution or a pool moves over its input: output i reads input i * stride - padding + tap * dilation.
///
/// What lies outside of the input counts as zero in a convolution, and does not count in a pool.
public struct Window: Hashable, Sendable {
    /// Taps along each axis.
    public var size: PerAxis
    public var stride: PerAxis
    public var dilation: PerAxis
    /// At both ends.
    public var padding: PerAxis

    public init(_ size: PerAxis, stride: PerAxis = 1, dilation: PerAxis = 1, padding: PerAxis = 0) {
        self.size = size
        self.stride = stride
        self.dilation = dilation
        self.padding = padding
    }

    /// Keeps the size of the input; `size` is odd.
    public static func same(_ size: PerAxis, dilation: PerAxis = 1) -> Window {
        precondition(size.allSatisfy { $0 % 2 == 1 }, "a window that keeps the size has an odd size")
        return Window(size, dilation: dilation, padding: size.combined(dilation) { $0 / 2 * $1 })
    }

    /// Windows side by side.
    public static func blocks(_ size: PerAxis) -> Window { Window(size, stride: size) }

    /// What one output reads, from the first tap to the last.
    public var reach: PerAxis { size.combined(dilation) { ($0 - 1) * $1 + 1 } }

    /// The shape of what comes out: as many windows as lie in the padded input, in ceil mode one more where a part of
    /// the input is left over (as PyTorch: only if it starts inside of the input or its left padding).
    public func output(of input: TensorShape, channels: Int, ceil: Bool = false) -> TensorShape {
        let room = input.extent.combined(padding) { $0 + 2 * $1 }.combined(reach, -)
        let whole = room.combined(stride) { ($0 + (ceil ? $1 - 1 : 0)) / $1 + 1 }
        let starts = whole.combined(stride) { ($0 - 1) * $1 }
        let startsInside = starts.combined(input.extent.combined(padding, +)) { $0 < $1 ? 0 : 1 }
        return TensorShape(ceil ? whole.combined(startsInside, -) : whole, channels: channels)
    }

    /// The shape of what a transposed convolution makes of an input.
    public func transposedOutput(of input: TensorShape, channels: Int, outputPadding: PerAxis) -> TensorShape {
        let spread = input.extent.combined(stride) { ($0 - 1) * $1 }.combined(reach, +)
        return TensorShape(
            spread.combined(padding) { $0 - 2 * $1 }.combined(outputPadding, +), channels: channels)
    }
}
