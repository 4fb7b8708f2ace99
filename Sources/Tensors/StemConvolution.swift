internal import CKernels

/// 3 x 3 x 3 from one channel.
final class StemConvolution: Convolution {
    private let kernels: ck_kernels
    private let weights: AlignedBuffer
    private let fused: FusedParameters

    private static let rowsPerItem = 16

    init(_ parameters: ConvolutionParameters, _ kernels: ck_kernels) {
        self.kernels = kernels
        let outputs = kernelChannels(parameters.outChannels)
        weights = parameters.matrix(inputs: 1, outputs: outputs)
        fused = FusedParameters(parameters, inputs: 1, outputs: outputs)
    }

    var algorithm: String { "direct" }
    var weightBytes: Int { weights.byteCount }

    func itemCount(_ output: TensorShape) -> Int {
        (output.rowCount + Self.rowsPerItem - 1) / Self.rowsPerItem
    }

    func planes(of item: Int, _ output: TensorShape) -> Range<Int> {
        let last = min((item + 1) * Self.rowsPerItem, output.rowCount) - 1
        return item * Self.rowsPerItem / output.height..<last / output.height + 1
    }

    func scratchFloats(_ output: TensorShape) -> Int {
        AlignedBuffer.wholeLines(9 * (output.width + 2))
    }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        var problem = ck_convolution(input, used: 1, weights, result, fused.fusion(residual: residual))
        let first = item * Self.rowsPerItem
        kernels.stem(&problem, Int64(first), Int64(min(first + Self.rowsPerItem, result.shape.rowCount)), scratch)
    }
}
