internal import Tensors

/// A convolution as matrix products: the output's voxels in blocks of a fixed size, each block's patches packed into a
/// matrix that stays in the cache. The split does not depend on the number of threads.
struct ConvolutionBlocks: Sendable {
    private let step: ConvolutionStep
    private let output: TensorShape
    /// Output voxels per block.
    let blockVoxels: Int

    /// Half of a 2 MB cache.
    private static let patchMatrixFloats = 256 << 10

    init(_ step: ConvolutionStep, output: TensorShape) {
        self.step = step
        self.output = output
        let fitting = max(64, Self.patchMatrixFloats / step.patchFloats / 16 * 16)
        blockVoxels = min(fitting, 4096, output.voxelCount)
    }

    var count: Int { (output.voxelCount + blockVoxels - 1) / blockVoxels }

    /// Scratch: the packed patches, their product, a line of input.
    var scratchFloats: Int { patchFloats + productFloats + lineFloats }

    private var patchFloats: Int { MemoryPlanner.aligned(blockVoxels * step.patchFloats) }
    private var productFloats: Int { MemoryPlanner.aligned(blockVoxels * step.outChannels) }
    private var lineFloats: Int {
        MemoryPlanner.aligned(Kernels.lineFloats(width: output.width, kernel: step.kernel, channels: step.inChannels))
    }

    /// Computes one block.
    func compute(
        _ block: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        let first = block * blockVoxels
        let voxels = first..<min(first + blockVoxels, output.voxelCount)
        let product = scratch + patchFloats
        Kernels.packPatches(
            of: input, kernel: step.kernel, onLoad: step.onLoad, voxels: voxels, line: product + productFloats,
            into: scratch)
        MatrixProduct.multiply(
            scratch, step.weights, into: product, rows: voxels.count, inner: step.patchFloats, columns: step.outChannels
        )
        Kernels.store(product, voxels: voxels, bias: step.bias, relu: step.outputReLU, residual: residual, into: result)
    }
}
