internal import CKernels

/// What surrounds the convolutions. Each works on a range of its result, so that a `ComputePool` can share the work
/// out.
public enum Kernels {
    /// Averages windows of `factor` (ceil mode: a window that reaches beyond the input averages what lies inside).
    public static func averagePool(_ input: Tensor, factor: Int, plane: Int, into result: Tensor) {
        let rows = Int64(result.shape.height)
        ck_average_pool(
            input.base, ck_shape(input.shape), blocks(factor), ck_shape(result.shape), Int64(plane) * rows, rows,
            result.base)
    }

    /// The maximum of windows of `factor` (ceil mode).
    public static func maxPool(_ input: Tensor, factor: Int, plane: Int, into result: Tensor) {
        let rows = Int64(result.shape.height)
        ck_max_pool(
            input.base, ck_shape(input.shape), blocks(factor), ck_shape(result.shape), Int64(plane) * rows, rows,
            result.base)
    }

    /// Doubles every axis by trilinear interpolation with aligned corners.
    /// - Parameter line: scratch for one row of the input.
    public static func upsample2(_ input: Tensor, plane: Int, line: UnsafeMutablePointer<Float>, into result: Tensor) {
        let rows = Int64(result.shape.height)
        ck_resize_trilinear(
            input.base, ck_shape(input.shape), ck_shape(result.shape), true, Int64(plane) * rows, rows, line,
            result.base)
    }

    /// The sum of one plane; the result may be one of the operands.
    public static func add(_ a: Tensor, _ b: Tensor, plane: Int, into result: Tensor) {
        let count = result.shape.height * result.shape.width * result.shape.channels
        let offset = plane * count
        ck_add(a.base + offset, b.base + offset, Int64(count), false, result.base + offset)
    }

    /// One plane of two operands along the channels, of which each has so many of its own; zeros beyond.
    public static func concatenate(
        _ first: Tensor, channels firstChannels: Int, _ second: Tensor, channels secondChannels: Int, plane: Int,
        into result: Tensor
    ) {
        let voxels = result.shape.height * result.shape.width
        func operand(_ tensor: Tensor, _ channels: Int) -> ck_operand {
            let stride = tensor.shape.channels
            return ck_operand(
                values: tensor.base + plane * voxels * stride, channels: Int64(channels), stride: Int64(stride))
        }
        let stride = result.shape.channels
        let operands = [operand(first, firstChannels), operand(second, secondChannels)]
        ck_concatenate(operands, 2, Int64(voxels), Int64(stride), result.base + plane * voxels * stride)
    }

    private static func blocks(_ factor: Int) -> ck_window {
        let n = Int64(factor)
        return ck_window(size: (n, n, n), stride: (n, n, n), padding: (0, 0, 0), dilation: (1, 1, 1))
    }
}
