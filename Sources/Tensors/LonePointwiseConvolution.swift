internal import CKernels

/// 1 x 1 x 1 to 16, 16 + 1 or a single channel; the input may have a lone channel too.
final class LonePointwiseConvolution: Convolution {
    private let kernels: ck_kernels
    private let inputs: Int32
    private let outputs: Int32
    private let weights: AlignedBuffer
    private let fused: FusedParameters

    private static let voxelsPerItem = 4096

    init(_ parameters: ConvolutionParameters, _ kernels: ck_kernels) {
        self.kernels = kernels
        inputs = Int32(parameters.inChannels)
        outputs = Int32(parameters.outChannels)
        let matrix = parameters.matrix(inputs: parameters.inChannels, outputs: parameters.outChannels)
        weights = AlignedBuffer(count: Int(ck_lone_weight_count(inputs, 1)))
        ck_lone_weights(matrix.base, 1, inputs, outputs, outputs, weights.base)
        fused = FusedParameters(
            parameters, inputs: kernelChannels(parameters.inChannels), outputs: kernelChannels(parameters.outChannels))
    }

    var algorithm: String { "matrix product, 16 + 1" }
    var weightBytes: Int { weights.byteCount }

    func itemCount(_ output: TensorShape) -> Int {
        (output.voxelCount + Self.voxelsPerItem - 1) / Self.voxelsPerItem
    }

    func scratchFloats(_ output: TensorShape) -> Int { 0 }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        let rows = result.shape.voxelCount, first = item * Self.voxelsPerItem
        var problem = ck_pointwise(
            rows: Int64(rows), in_channels: inputs, out_channels: outputs, used_channels: inputs, input: input.base,
            weights: weights.base, output: result.base, fusion: fused.fusion(residual: residual))
        kernels.pointwise17(&problem, Int64(first), Int64(min(first + Self.voxelsPerItem, rows)))
    }
}
