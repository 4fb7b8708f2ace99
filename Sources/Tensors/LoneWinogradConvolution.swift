internal import CKernels

/// 3 x 3 x 3 by Winograd F(4, 3) in all three dimensions where the input, the output or both have 16 + 1 channels.
final class LoneWinogradConvolution: Convolution {
    private let kernels: ck_kernels
    private let inputs: Int32
    private let outputs: Int32
    private let weights: AlignedBuffer
    private let fused: FusedParameters

    /// Tiles are computed 16 at a time.
    private static let tilesPerItem = 128

    init(_ parameters: ConvolutionParameters, _ kernels: ck_kernels) {
        self.kernels = kernels
        inputs = Int32(parameters.inChannels)
        outputs = Int32(parameters.outChannels)
        let tile = ck_axes(z: 4, y: 4, x: 4), stored = Int32(kernelChannels(parameters.outChannels))
        let matrices = AlignedBuffer(count: Int(ck_winograd_weight_count(tile, inputs, stored)))
        kernels.winograd_weights(parameters.weights, outputs, inputs, tile, inputs, stored, matrices.base)
        weights = AlignedBuffer(count: Int(ck_lone_weight_count(inputs, 216)))
        ck_lone_weights(matrices.base, 216, inputs, outputs, stored, weights.base)
        fused = FusedParameters(parameters, inputs: 32, outputs: 32)
    }

    var algorithm: String { "Winograd F(4,3)^3, 16 + 1" }
    var weightBytes: Int { weights.byteCount }

    private func tileCount(_ output: TensorShape) -> Int {
        Int(ck_winograd_tiles(Int32(output.depth), Int32(output.height), Int32(output.width)))
    }

    func itemCount(_ output: TensorShape) -> Int {
        (tileCount(output) + Self.tilesPerItem - 1) / Self.tilesPerItem
    }

    func scratchFloats(_ output: TensorShape) -> Int {
        Int(ck_winograd17_workspace())
    }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        var problem = ck_convolution(input, used: Int(inputs), weights, result, fused.fusion(residual: residual))
        let first = item * Self.tilesPerItem
        kernels.winograd17(
            &problem, Int64(first), Int64(min(first + Self.tilesPerItem, tileCount(result.shape))), scratch)
    }
}
