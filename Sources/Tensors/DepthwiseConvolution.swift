internal import CKernels

/// Every channel with its own kernel.
final class DepthwiseConvolution: Convolution {
    private let kernels: ck_kernels
    private let window: Window
    private let weights: AlignedBuffer
    private let fused: FusedParameters

    private static let rowsPerItem = 8

    init(_ parameters: ConvolutionParameters, _ kernels: ck_kernels) {
        self.kernels = kernels
        window = parameters.window
        let channels = kernelChannels(parameters.outChannels)
        weights = parameters.matrix(inputs: channels, outputs: channels)
        fused = FusedParameters(parameters, inputs: channels, outputs: channels)
    }

    var algorithm: String { "depthwise" }
    var weightBytes: Int { weights.byteCount }

    func itemCount(_ output: TensorShape) -> Int {
        (output.rowCount + Self.rowsPerItem - 1) / Self.rowsPerItem
    }

    func scratchFloats(_ output: TensorShape) -> Int { 0 }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        var problem = ck_depthwise(
            in_size: input.shape.extent.int32, out_size: result.shape.extent.int32,
            channels: Int32(result.shape.channels), size: window.size.int32, stride: window.stride.int32,
            padding: window.padding.int32, dilation: window.dilation.int32, input: input.base, weights: weights.base,
            output: result.base, fusion: fused.fusion(residual: residual))
        let first = item * Self.rowsPerItem
        kernels.depthwise(&problem, Int64(first), Int64(min(first + Self.rowsPerItem, result.shape.rowCount)))
    }
}
