internal import CKernels

/// Any convolution as matrix products: the output's voxels in blocks of a fixed size, each block's patches packed into
/// a matrix that stays in the cache. A depthwise convolution multiplies the same patches channel by channel.
///
/// A transposed convolution of stride s is s^3 convolutions of stride 1, one for each place of an output voxel between
/// two input voxels.
final class MatrixConvolution: Convolution {
    private let inputs: Int
    private let outputs: Int
    private let isDepthwise: Bool
    private let parts: [MatrixConvolutionPart]
    private let fused: FusedParameters

    /// Half of a 2 MB cache.
    private static let patchMatrixFloats = 256 << 10

    init(_ parameters: ConvolutionParameters, storedInputs: Int, storedOutputs: Int) {
        inputs = storedInputs
        outputs = storedOutputs
        isDepthwise = parameters.form == .depthwise
        parts = MatrixConvolutionPart.parts(of: parameters, inputs: inputs, outputs: outputs)
        fused = FusedParameters(parameters, inputs: inputs, outputs: outputs)
    }

    var algorithm: String { isDepthwise ? "im2col + sums" : "im2col + sgemm" }
    var weightBytes: Int { parts.reduce(0) { $0 + $1.weights.byteCount } }

    /// The inner dimension of the largest matrix product.
    private var patchFloats: Int { (parts.map(\.taps).max() ?? 0) * inputs }

    private func blockVoxels(_ output: TensorShape) -> Int {
        min(max(64, Self.patchMatrixFloats / patchFloats / 16 * 16), 4096, output.voxelCount)
    }

    private func blockCount(_ part: MatrixConvolutionPart, _ output: TensorShape) -> Int {
        let block = blockVoxels(output)
        return (part.voxels(of: output).voxelCount + block - 1) / block
    }

    func itemCount(_ output: TensorShape) -> Int {
        parts.reduce(0) { $0 + blockCount($1, output) }
    }

    /// The packed patches, their product, a line of input.
    func scratchFloats(_ output: TensorShape) -> Int {
        let block = blockVoxels(output)
        return AlignedBuffer.wholeLines(block * patchFloats) + AlignedBuffer.wholeLines(block * outputs)
            + AlignedBuffer.wholeLines((parts.map { $0.lineVoxels(output) }.max() ?? 0) * inputs)
    }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        var block = item
        for part in parts {
            let count = blockCount(part, result.shape)
            if block < count { return compute(part, block, input, residual, result, scratch) }
            block -= count
        }
        preconditionFailure("an item that the convolution has not")
    }

    private func compute(
        _ part: MatrixConvolutionPart, _ index: Int, _ input: Tensor, _ residual: Tensor?, _ result: Tensor,
        _ scratch: UnsafeMutablePointer<Float>
    ) {
        let block = blockVoxels(result.shape), voxels = part.voxels(of: result.shape)
        let first = index * block
        let count = min(block, voxels.voxelCount - first)
        let product = scratch + AlignedBuffer.wholeLines(block * patchFloats)
        let line = product + AlignedBuffer.wholeLines(block * outputs)
        ck_pack_patches(
            input.base, ck_shape(input.shape), ck_window(part.window), ck_shape(voxels), fused.onLoad, Int64(first),
            Int64(count), line, scratch)
        if isDepthwise {
            part.sum(scratch, count: count, channels: outputs, into: product)
        } else {
            MatrixProduct.multiply(
                scratch, part.weights.base, into: product, rows: count, inner: part.taps * inputs, columns: outputs)
        }
        if part.isWhole { return store(product, count, residual, at: first, of: result) }
        for voxel in first..<first + count {
            let place = part.place(of: voxel, voxels, in: result.shape)
            store(product + (voxel - first) * outputs, 1, residual, at: place, of: result)
        }
    }

    /// Writes voxels that are neighbours, from voxel `place` of the result on.
    private func store(
        _ product: UnsafePointer<Float>, _ count: Int, _ residual: Tensor?, at place: Int, of result: Tensor
    ) {
        let offset = place * outputs
        ck_store(
            product, Int64(count), Int64(outputs), fused.onStore(residual: residual.map { $0.base + offset }),
            result.base + offset)
    }
}
