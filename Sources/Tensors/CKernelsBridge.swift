internal import CKernels

/// Channels in whole blocks of 16, as the kernels take them.
func kernelChannels(_ channels: Int) -> Int { (channels + 15) & ~15 }

extension ck_convolution {
    init(
        _ input: Tensor, used: Int, _ weights: AlignedBuffer, _ output: Tensor, _ fusion: ck_fusion,
        window: Window = .same(3)
    ) {
        self.init(
            depth: Int32(output.shape.depth), height: Int32(output.shape.height), width: Int32(output.shape.width),
            in_depth: Int32(input.shape.depth), in_height: Int32(input.shape.height),
            in_width: Int32(input.shape.width), padding: ck_axes(window.padding), dilation: ck_axes(window.dilation),
            in_channels: Int32(input.shape.channels), out_channels: Int32(output.shape.channels),
            used_channels: Int32(used), input: input.base, weights: weights.base, output: output.base, fusion: fusion)
    }
}

extension ck_axes {
    init(_ axes: PerAxis) {
        self.init(z: Int32(axes.z), y: Int32(axes.y), x: Int32(axes.x))
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
    init(_ axes: ck_axes) {
        self.init(z: Int(axes.z), y: Int(axes.y), x: Int(axes.x))
    }

    fileprivate var tuple: (Int64, Int64, Int64) { (Int64(z), Int64(y), Int64(x)) }

    var int32: (Int32, Int32, Int32) { (Int32(z), Int32(y), Int32(x)) }
}
