internal import CKernels

/// What surrounds the convolutions. Each function computes one z plane of its result, so that a `ComputePool` can share
/// the work out. Channels in memory beyond a value's own are zero, and stay so.
public enum Kernels {
    /// Averages what lies inside of each window.
    public static func averagePool(_ input: Tensor, window: Window, rows: Range<Int>, into result: Tensor) {
        ck_average_pool(
            input.base, ck_shape(input.shape), ck_window(window), ck_shape(result.shape), Int64(rows.lowerBound),
            Int64(rows.count), result.base)
    }

    /// The maximum of what lies inside of each window.
    public static func maxPool(_ input: Tensor, window: Window, rows: Range<Int>, into result: Tensor) {
        ck_max_pool(
            input.base, ck_shape(input.shape), ck_window(window), ck_shape(result.shape), Int64(rows.lowerBound),
            Int64(rows.count), result.base)
    }

    /// As `maxPool`; the indices say at which tap of its window each maximum is, the first of equals.
    public static func maxPool(
        _ input: Tensor, window: Window, rows: Range<Int>, into result: Tensor, indices: Tensor
    ) {
        ck_max_pool_indices(
            input.base, ck_shape(input.shape), ck_window(window), ck_shape(result.shape), Int64(rows.lowerBound),
            Int64(rows.count), result.base, indices.base)
    }

    /// The way back of a `maxPool` with indices: every value goes to where its maximum was, zero elsewhere.
    /// - Parameter window: of the pool; its windows must not overlap.
    public static func unpool(
        _ input: Tensor, indices: Tensor, window: Window, rows: Range<Int>, into result: Tensor
    ) {
        precondition(
            window.padding == 0 && window.dilation == 1
                && window.size.combined(window.stride, -).allSatisfy { $0 <= 0 }, "windows that overlap")
        ck_unpool(
            input.base, indices.base, ck_shape(input.shape), ck_window(window), ck_shape(result.shape),
            Int64(rows.lowerBound), Int64(rows.count), result.base)
    }

    /// Repeats every voxel; the result's extents are multiples of the input's.
    public static func upsampleNearest(_ input: Tensor, rows: Range<Int>, into result: Tensor) {
        ck_upsample_nearest(
            input.base, ck_shape(input.shape), ck_shape(result.shape), Int64(rows.lowerBound),
            Int64(rows.count), result.base)
    }

    /// Trilinear interpolation to the result's size; aligned corners or half-voxel centres, as PyTorch defines them.
    /// - Parameter line: scratch for one row of the input.
    public static func resizeTrilinear(
        _ input: Tensor, alignCorners: Bool, rows: Range<Int>, line: UnsafeMutablePointer<Float>, into result: Tensor
    ) {
        ck_resize_trilinear(
            input.base, ck_shape(input.shape), ck_shape(result.shape), alignCorners, Int64(rows.lowerBound),
            Int64(rows.count), line, result.base)
    }

    /// The mean of each channel over all voxels, as a result of one voxel.
    public static func globalAverage(_ input: Tensor, into result: Tensor) {
        let channels = Int64(input.shape.channels)
        ck_global_average(input.base, Int64(input.shape.voxelCount), channels, 0, channels, result.base)
    }

    /// The one voxel of the input, everywhere.
    public static func broadcast(_ input: Tensor, rows: Range<Int>, into result: Tensor) {
        let voxels = rows.count * result.shape.width
        ck_broadcast(input.base, Int64(input.shape.channels), Int64(voxels), result.base + result.offset(of: rows))
    }

    /// The result may be the input.
    public static func activate(_ input: Tensor, _ activation: Activation, rows: Range<Int>, into result: Tensor) {
        let offset = result.offset(of: rows)
        ck_activate(
            input.base + offset, result.count(of: rows), activation.kind, activation.slope, result.base + offset)
    }

    /// 1 / (1 + exp(-v)) of the value's own channels; the result may be the input.
    public static func sigmoid(_ input: Tensor, channels: Int, rows: Range<Int>, into result: Tensor) {
        let offset = result.offset(of: rows), voxels = rows.count * result.shape.width
        ck_sigmoid(
            input.base + offset, Int64(voxels), Int64(channels), Int64(result.shape.channels), result.base + offset)
    }

    /// v * scale[c] + shift[c], then max(v, 0) if asked for; the result may be the input.
    public static func affine(_ input: Tensor, _ affine: ChannelAffine, rows: Range<Int>, into result: Tensor) {
        precondition(affine.channels == result.shape.channels, "an affine map for another width")
        let offset = result.offset(of: rows), voxels = rows.count * result.shape.width
        ck_affine(
            input.base + offset, Int64(voxels), Int64(affine.channels), affine.scale.base, affine.shift.base,
            affine.relu, result.base + offset)
    }

    /// The sum, then max(v, 0) if asked for; the result may be one of the operands.
    public static func add(_ a: Tensor, _ b: Tensor, relu: Bool = false, rows: Range<Int>, into result: Tensor) {
        let offset = result.offset(of: rows)
        ck_add(a.base + offset, b.base + offset, result.count(of: rows), relu, result.base + offset)
    }

    /// The operands' own channels one after the other, then zeros.
    public static func concatenate(
        _ operands: [(tensor: Tensor, channels: Int)], rows: Range<Int>, into result: Tensor
    ) {
        let voxels = rows.count * result.shape.width
        let parts = operands.map { operand in
            ck_operand(
                values: operand.tensor.base + operand.tensor.offset(of: rows), channels: Int64(operand.channels),
                stride: Int64(operand.tensor.shape.channels))
        }
        ck_concatenate(
            parts, Int64(parts.count), Int64(voxels), Int64(result.shape.channels),
            result.base + result.offset(of: rows))
    }

    /// The input's own channels, then zeros.
    public static func padChannels(_ input: Tensor, channels: Int, rows: Range<Int>, into result: Tensor) {
        concatenate([(input, channels)], rows: rows, into: result)
    }

    /// The part of the input that starts at voxel `origin`.
    public static func crop(_ input: Tensor, origin: PerAxis, rows: Range<Int>, into result: Tensor) {
        precondition(input.shape.channels == result.shape.channels, "a crop of another width")
        precondition(
            origin.allSatisfy { $0 >= 0 }
                && origin.combined(result.shape.extent, +).combined(input.shape.extent, -).allSatisfy { $0 <= 0 },
            "a crop that reaches beyond its source")
        let start = [Int64(origin.z), Int64(origin.y), Int64(origin.x)]
        ck_crop(
            input.base, ck_shape(input.shape), start, ck_shape(result.shape), Int64(rows.lowerBound),
            Int64(rows.count), result.base)
    }

    /// One step of an LSTM, without peepholes: cell = sigmoid(f) cell + sigmoid(i) tanh(g), hidden = sigmoid(o)
    /// tanh(cell).
    /// - Parameters:
    ///   - gates: i, f, o, g before their nonlinearities, `channels` each.
    ///   - cell: the state of before, and afterwards the new one.
    public static func lstmGates(_ gates: Tensor, channels: Int, rows: Range<Int>, cell: Tensor, hidden: Tensor) {
        precondition(cell.shape == hidden.shape && gates.shape.channels >= 4 * channels, "gates of another shape")
        let operand = ck_operand(
            values: gates.base + gates.offset(of: rows), channels: Int64(4 * channels),
            stride: Int64(gates.shape.channels))
        ck_lstm_gates(
            operand, Int64(rows.count * cell.shape.width), Int64(channels), Int64(cell.shape.channels),
            cell.base + cell.offset(of: rows), hidden.base + hidden.offset(of: rows))
    }
}

extension Tensor {
    /// Elements in so many rows.
    fileprivate func count(of rows: Range<Int>) -> Int64 { Int64(rows.count * shape.width * shape.channels) }

    /// The first element of the rows, counted over all planes.
    fileprivate func offset(of rows: Range<Int>) -> Int { rows.lowerBound * shape.width * shape.channels }
}
