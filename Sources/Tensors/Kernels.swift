internal import CKernels

/// The compute kernels on tensors. Each works on a range of its result, so that a `ComputePool` can share the work out.
public enum Kernels {
    /// What is done to a value as it is read: v * scale[c] + shift[c], then the greater of it and 0.
    public struct OnLoad: Sendable {
        let scale: [Float]?
        let shift: [Float]?
        let relu: Bool

        /// - Parameter affine: scale and shift per channel.
        public init(affine: (scale: [Float], shift: [Float])?, relu: Bool) {
            scale = affine?.scale
            shift = affine?.shift
            self.relu = relu
        }
    }

    /// Floats of scratch for one line of patches of a cubic kernel.
    public static func lineFloats(width: Int, kernel: Int, channels: Int) -> Int {
        (width + kernel - 1) * channels
    }

    /// Packs the patches under a cubic kernel (stride 1, zero padding that keeps the size) around some voxels of the
    /// input, in memory order, as the rows of a matrix: [kz][ky][kx][c].
    /// - Parameter line: scratch of `lineFloats`.
    public static func packPatches(
        of input: Tensor, kernel: Int, onLoad: OnLoad, voxels: Range<Int>, line: UnsafeMutablePointer<Float>,
        into patches: UnsafeMutablePointer<Float>
    ) {
        let k = Int64(kernel), pad = k / 2, shape = ck_shape(input.shape)
        let window = ck_window(size: (k, k, k), stride: (1, 1, 1), padding: (pad, pad, pad))
        withPointer(onLoad.scale) { scale in
            withPointer(onLoad.shift) { shift in
                ck_pack_patches(
                    input.base, shape, window, shape, ck_on_load(scale: scale, shift: shift, relu: onLoad.relu),
                    Int64(voxels.lowerBound), Int64(voxels.count), line, patches)
            }
        }
    }

    /// Writes computed voxels: + bias[c], the greater of it and 0, + residual, each where given.
    /// - Parameters:
    ///   - values: one row of the result's channels per voxel of `voxels`.
    ///   - residual: of the result's shape; may be the result.
    public static func store(
        _ values: UnsafePointer<Float>, voxels: Range<Int>, bias: [Float]?, relu: Bool, residual: Tensor?,
        into result: Tensor
    ) {
        let offset = voxels.lowerBound * result.shape.channels
        withPointer(bias) { bias in
            let onStore = ck_on_store(
                bias: bias, residual: residual.map { UnsafePointer($0.base + offset) }, relu: relu)
            ck_store(values, Int64(voxels.count), Int64(result.shape.channels), onStore, result.base + offset)
        }
    }

    /// Averages windows of `factor` (ceil mode: a window that reaches beyond the input averages what lies inside).
    public static func averagePool(_ input: Tensor, factor: Int, plane: Int, into result: Tensor) {
        let rows = Int64(result.shape.height)
        ck_average_pool(
            input.base, ck_shape(input.shape), ck_shape(result.shape), Int64(factor), Int64(plane) * rows, rows,
            result.base)
    }

    /// The maximum of windows of `factor` (ceil mode).
    public static func maxPool(_ input: Tensor, factor: Int, plane: Int, into result: Tensor) {
        let rows = Int64(result.shape.height)
        ck_max_pool(
            input.base, ck_shape(input.shape), ck_shape(result.shape), Int64(factor), Int64(plane) * rows, rows,
            result.base)
    }

    /// Doubles every axis by trilinear interpolation with aligned corners.
    /// - Parameter line: scratch for one row of the input.
    public static func upsample2(_ input: Tensor, plane: Int, line: UnsafeMutablePointer<Float>, into result: Tensor) {
        let rows = Int64(result.shape.height)
        ck_upsample2(input.base, ck_shape(input.shape), Int64(plane) * rows, rows, line, result.base)
    }

    /// The sum of one plane; the result may be one of the operands.
    public static func add(_ a: Tensor, _ b: Tensor, plane: Int, into result: Tensor) {
        let count = result.shape.height * result.shape.width * result.shape.channels
        let offset = plane * count
        ck_add(a.base + offset, b.base + offset, Int64(count), result.base + offset)
    }

    /// Copies one plane of an operand to channels `firstChannel`... of the result.
    public static func copyChannels(of operand: Tensor, plane: Int, to firstChannel: Int, of result: Tensor) {
        let voxels = result.shape.height * result.shape.width
        ck_copy_channels(
            operand.base + plane * voxels * operand.shape.channels, Int64(voxels), Int64(operand.shape.channels),
            Int64(result.shape.channels), Int64(firstChannel), result.base + plane * voxels * result.shape.channels)
    }

    private static func withPointer(_ values: [Float]?, _ body: (UnsafePointer<Float>?) -> Void) {
        guard let values else { return body(nil) }
        values.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}

extension ck_shape {
    init(_ shape: TensorShape) {
        self.init(
            depth: Int64(shape.depth), height: Int64(shape.height), width: Int64(shape.width),
            channels: Int64(shape.channels))
    }
}
