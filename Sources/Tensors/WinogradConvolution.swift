internal import CKernels

/// 3 x 3 x 3 by Winograd F(4, 3) in all three dimensions.
final class WinogradConvolution: Convolution {
    private let kernels: ck_kernels
    private let used: Int
    private let inputs: Int32
    private let outputs: Int32
    private let weights: AlignedBuffer
    private let fused: FusedParameters

    init(_ parameters: ConvolutionParameters, _ kernels: ck_kernels) {
        self.kernels = kernels
        used = parameters.inChannels
        inputs = Int32(kernelChannels(parameters.inChannels))
        outputs = Int32(kernelChannels(parameters.outChannels))
        weights = AlignedBuffer(count: Int(ck_winograd_weight_count(inputs, outputs)))
        ck_winograd_weights(
            parameters.weights, Int32(parameters.outChannels), Int32(parameters.inChannels), inputs, outputs,
            weights.base)
        fused = FusedParameters(parameters, inputs: Int(inputs), outputs: Int(outputs))
    }

    private func tileCount(_ output: TensorShape) -> Int {
        Int(ck_winograd_tiles(Int32(output.depth), Int32(output.height), Int32(output.width)))
    }

    /// Halves of the slabs that are one tile thick: neighbours in y share what is in the cache.
    var algorithm: String { "Winograd F(4,3)^3" }
    var weightBytes: Int { weights.byteCount }

    func itemCount(_ output: TensorShape) -> Int {
        min(2 * ((output.depth + 3) / 4), tileCount(output))
    }

    func scratchFloats(_ output: TensorShape) -> Int {
        Int(ck_winograd_workspace(inputs, outputs))
    }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        var problem = ck_convolution(input, used: used, weights, result, fused.fusion(residual: residual))
        let items = itemCount(result.shape), tiles = tileCount(result.shape)
        kernels.winograd(&problem, Int64(tiles * item / items), Int64(tiles * (item + 1) / items), scratch)
    }
}
