internal import CKernels

/// 7 x 7 x 7 with stride 2 from one channel, by Winograd F(3, 4) along x and y: AutoPath's stem.
final class Stem7Convolution: Convolution {
    /// What it computes.
    static let window = Window(7, stride: 2, padding: 3)

    private let kernels: ck_kernels
    private let weights: AlignedBuffer
    private let fused: FusedParameters

    init(_ parameters: ConvolutionParameters, _ kernels: ck_kernels) {
        self.kernels = kernels
        let outputs = kernelChannels(parameters.outChannels)
        weights = AlignedBuffer(count: Int(ck_stem7_weight_count(Int32(outputs))))
        let matrix = parameters.matrix(inputs: 1, outputs: outputs)
        ck_stem7_weights(matrix.base, Int32(outputs), kernels.direct_panel, weights.base)
        fused = FusedParameters(parameters, inputs: 1, outputs: outputs)
    }

    var algorithm: String { "Winograd F(3,4) x direct" }
    var weightBytes: Int { weights.byteCount }

    /// Rows of tiles, each through all planes: neighbouring planes share their transformed inputs.
    func itemCount(_ output: TensorShape) -> Int { Int(ck_stem7_rows(Int32(output.height))) }

    func scratchFloats(_ output: TensorShape) -> Int { Int(ck_stem7_workspace(Int32(output.width))) }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        var problem = ck_stem7(
            in_size: input.shape.extent.int32, out_size: result.shape.extent.int32,
            out_channels: Int32(result.shape.channels), input: input.base, weights: weights.base, output: result.base,
            fusion: fused.fusion(residual: residual))
        kernels.stem7(&problem, Int32(item), Int32(item + 1), scratch)
    }
}
