internal import CKernels

/// A convolution as matrix products: the output's voxels in blocks of a fixed size, each block's patches packed into a
/// matrix that stays in the cache.
final class MatrixConvolution: Convolution {
    private let kernel: Int
    private let inputs: Int
    private let outputs: Int
    private let weights: AlignedBuffer
    private let fused: FusedParameters

    /// Half of a 2 MB cache.
    private static let patchMatrixFloats = 256 << 10

    init(_ parameters: ConvolutionParameters, storedInputs: Int, storedOutputs: Int) {
        kernel = parameters.kernel
        inputs = storedInputs
        outputs = storedOutputs
        weights = parameters.matrix(inputs: inputs, outputs: outputs)
        fused = FusedParameters(parameters, inputs: inputs, outputs: outputs)
    }

    /// The inner dimension of the matrix product.
    private var patchFloats: Int { kernel * kernel * kernel * inputs }

    private func blockVoxels(_ output: TensorShape) -> Int {
        min(max(64, Self.patchMatrixFloats / patchFloats / 16 * 16), 4096, output.voxelCount)
    }

    func itemCount(_ output: TensorShape) -> Int {
        let block = blockVoxels(output)
        return (output.voxelCount + block - 1) / block
    }

    /// The packed patches, their product, a line of input.
    func scratchFloats(_ output: TensorShape) -> Int {
        let block = blockVoxels(output)
        return AlignedBuffer.wholeLines(block * patchFloats) + AlignedBuffer.wholeLines(block * outputs)
            + AlignedBuffer.wholeLines((output.width + kernel - 1) * inputs)
    }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        let block = blockVoxels(result.shape)
        let first = item * block
        let count = min(block, result.shape.voxelCount - first)
        let product = scratch + AlignedBuffer.wholeLines(block * patchFloats)
        let line = product + AlignedBuffer.wholeLines(block * outputs)
        let k = Int64(kernel), pad = k / 2, shape = ck_shape(input.shape)
        let window = ck_window(size: (k, k, k), stride: (1, 1, 1), padding: (pad, pad, pad), dilation: (1, 1, 1))
        ck_pack_patches(input.base, shape, window, shape, fused.onLoad, Int64(first), Int64(count), line, scratch)
        MatrixProduct.multiply(
            scratch, weights.base, into: product, rows: count, inner: patchFloats, columns: outputs)
        let offset = first * outputs
        ck_store(
            product, Int64(count), Int64(outputs), fused.onStore(residual: residual.map { $0.base + offset }),
            result.base + offset)
    }
}
