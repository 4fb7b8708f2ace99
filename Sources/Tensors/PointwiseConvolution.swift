internal import CKernels

/// 1 x 1 x 1.
final class PointwiseConvolution: Convolution {
    private let kernels: ck_kernels
    private let used: Int
    private let inputs: Int
    private let outputs: Int
    private let weights: AlignedBuffer
    private let fused: FusedParameters

    private static let voxelsPerItem = 2048

    init(_ parameters: ConvolutionParameters, _ kernels: ck_kernels) {
        self.kernels = kernels
        used = parameters.inChannels
        inputs = kernelChannels(parameters.inChannels)
        outputs = kernelChannels(parameters.outChannels)
        weights = parameters.matrix(inputs: inputs, outputs: outputs)
        fused = FusedParameters(parameters, inputs: inputs, outputs: outputs)
    }

    var algorithm: String { "gemm" }
    var weightBytes: Int { weights.byteCount }

    func itemCount(_ output: TensorShape) -> Int {
        (output.voxelCount + Self.voxelsPerItem - 1) / Self.voxelsPerItem
    }

    func scratchFloats(_ output: TensorShape) -> Int { 0 }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        let first = item * Self.voxelsPerItem
        let count = min(Self.voxelsPerItem, result.shape.voxelCount - first)
        var fusion = fused.fusion(residual: nil)
        if let residual { fusion.residual = UnsafePointer(residual.base + first * outputs) }
        var problem = ck_pointwise(
            rows: Int64(count), in_channels: Int32(inputs), out_channels: Int32(outputs),
            used_channels: Int32(used), input: input.base + first * inputs, weights: weights.base,
            output: result.base + first * outputs, fusion: fusion)
        kernels.pointwise(&problem, 0, Int64(count))
    }
}
