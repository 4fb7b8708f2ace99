internal import CKernels

/// Channels in whole blocks of 16, as the kernels take them.
func kernelChannels(_ channels: Int) -> Int { (channels + 15) & ~15 }

extension ck_convolution {
    init(_ input: Tensor, used: Int, _ weights: AlignedBuffer, _ output: Tensor, _ fusion: ck_fusion) {
        self.init(
            depth: Int32(output.shape.depth), height: Int32(output.shape.height), width: Int32(output.shape.width),
            in_channels: Int32(input.shape.channels), out_channels: Int32(output.shape.channels),
            used_channels: Int32(used), input: input.base, weights: weights.base, output: output.base, fusion: fusion)
    }
}

extension ck_shape {
    init(_ shape: TensorShape) {
        self.init(
            depth: Int64(shape.depth), height: Int64(shape.height), width: Int64(shape.width),
            channels: Int64(shape.channels))
    }
}

extension ck_window {
    init(_ window: Window) {
        self.init(
            size: window.size.tuple, stride: window.stride.tuple, padding: window.padding.tuple,
            dilation: window.dilation.tuple)
    }
}

extension PerAxis {
    fileprivate var tuple: (Int64, Int64, Int64) { (Int64(z), Int64(y), Int64(x)) }

    var int32: (Int32, Int32, Int32) { (Int32(z), Int32(y), Int32(x)) }
}
