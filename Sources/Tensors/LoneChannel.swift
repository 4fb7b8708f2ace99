/// A value of 17 channels may be stored as 16 + 1: a block [z][y][x][16], then the lone channel [z][y][x].
///
/// LowRes's second network is as wide as its feature maps and the image together. In whole blocks of 16 it would be
/// computed as 32 channels, at twice the cost.
public enum LoneChannel {
    /// Channels of a value that is stored in this way.
    public static let width = 17
    static let block = 16

    /// Whether there are kernels for a convolution from or to a value that is stored in this way.
    public static func isSupported(_ window: Window, from inputs: Int, to outputs: Int) -> Bool {
        switch window {
        case Window.same(3): [block, width].contains(inputs) && [block, width].contains(outputs)
        case Window.same(1):
            (inputs == width || inputs % 16 == 0 && inputs <= 64) && [1, block, width].contains(outputs)
        default: false
        }
    }
}

extension Tensor {
    /// The block and the lone channel of a value of 16 + 1 channels, as tensors of their own.
    public var blockAndLone: (block: Tensor, lone: Tensor) {
        precondition(shape.channels == LoneChannel.width, "a tensor without a lone channel")
        let block = shape.withChannels(LoneChannel.block)
        return (Tensor(base: base, shape: block), Tensor(base: base + block.count, shape: shape.withChannels(1)))
    }
}
