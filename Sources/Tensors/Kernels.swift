internal import CKernels

/// What surrounds the convolutions. Each function computes one z plane of its result, so that a `ComputePool` can share
/// the work out. Channels in memory beyond a value's own are zero, and stay so.
public enum Kernels {
    /// Averages what lies inside of each window.
    public static func averagePool(_ input: Tensor, window: Window, plane: Int, into result: Tensor) {
        let rows = result.rows(of: plane)
        ck_average_pool(
            input.base, ck_shape(input.shape), ck_window(window), ck_shape(result.shape), rows.first, rows.count,
            result.base)
    }

    /// The maximum of what lies inside of each window.
    public static func maxPool(_ input: Tensor, window: Window, plane: Int, into result: Tensor) {
        let rows = result.rows(of: plane)
        ck_max_pool(
            input.base, ck_shape(input.shape), ck_window(window), ck_shape(result.shape), rows.first, rows.count,
            result.base)
    }

    /// As `maxPool`; the indices say at which tap of its window each maximum is, the first of equals.
    public static func maxPool(
        _ input: Tensor, window: Window, plane: Int, into result: Tensor, indices: Tensor
    ) {
        let rows = result.rows(of: plane)
        ck_max_pool_indices(
            input.base, ck_shape(input.shape), ck_window(window), ck_shape(result.shape), rows.first, rows.count,
            result.base, indices.base)
    }

    /// The way back of a `maxPool` with indices: every value goes to where its maximum was, zero elsewhere.
    /// - Parameter window: of the pool; its windows must not overlap.
    public static func unpool(
        _ input: Tensor, indices: Tensor, window: Window, plane: Int, into result: Tensor
    ) {
        precondition(
            window.padding == 0 && window.dilation == 1
                && window.size.combined(window.stride, -).allSatisfy { $0 <= 0 }, "windows that overlap")
        let rows = result.rows(of: plane)
        ck_unpool(
            input.base, indices.base, ck_shape(input.shape), ck_window(window), ck_shape(result.shape), rows.first,
            rows.count, result.base)
    }

    /// Repeats every voxel; the result's extents are multiples of the input's.
    public static func upsampleNearest(_ input: Tensor, plane: Int, into result: Tensor) {
        let rows = result.rows(of: plane)
        ck_upsample_nearest(
            input.base, ck_shape(input.shape), ck_shape(result.shape), rows.first, rows.count, result.base)
    }

    /// Trilinear interpolation to the result's size; aligned corners or half-voxel centres, as PyTorch defines them.
    /// - Parameter line: scratch for one row of the input.
    public static func resizeTrilinear(
        _ input: Tensor, alignCorners: Bool, plane: Int, line: UnsafeMutablePointer<Float>, into result: Tensor
    ) {
        let rows = result.rows(of: plane)
        ck_resize_trilinear(
            input.base, ck_shape(input.shape), ck_shape(result.shape), alignCorners, rows.first, rows.count, line,
            result.base)
    }

    /// The mean of each channel over all voxels, as a result of one voxel.
    public static func globalAverage(_ input: Tensor, into result: Tensor) {
        let channels = Int64(input.shape.channels)
        ck_global_average(input.base, Int64(input.shape.voxelCount), channels, 0, channels, result.base)
    }

    /// The one voxel of the input, everywhere.
    public static func broadcast(_ input: Tensor, plane: Int, into result: Tensor) {
        let voxels = result.shape.height * result.shape.width
        ck_broadcast(input.base, Int64(input.shape.channels), Int64(voxels), result.base + result.offset(of: plane))
    }

    /// The result may be the input.
    public static func activate(_ input: Tensor, _ activation: Activation, plane: Int, into result: Tensor) {
        let offset = result.offset(of: plane)
        ck_activate(
            input.base + offset, result.planeCount, activation.kind, activation.slope, result.base + offset)
    }

    /// 1 / (1 + exp(-v)) of the value's own channels; the result may be the input.
    public static func sigmoid(_ input: Tensor, channels: Int, plane: Int, into result: Tensor) {
        let offset = result.offset(of: plane), voxels = result.shape.height * result.shape.width
        ck_sigmoid(
            input.base + offset, Int64(voxels), Int64(channels), Int64(result.shape.channels), result.base + offset)
    }

    /// v * scale[c] + shift[c], then max(v, 0) if asked for; the result may be the input.
    public static func affine(_ input: Tensor, _ affine: ChannelAffine, plane: Int, into result: Tensor) {
        precondition(affine.channels == result.shape.channels, "an affine map for another width")
        let offset = result.offset(of: plane), voxels = result.shape.height * result.shape.width
        ck_affine(
            input.base + offset, Int64(voxels), Int64(affine.channels), affine.scale.base, affine.shift.base,
            affine.relu, result.base + offset)
    }

    /// The sum, then max(v, 0) if asked for; the result may be one of the operands.
    public static func add(_ a: Tensor, _ b: Tensor, relu: Bool = false, plane: Int, into result: Tensor) {
        let offset = result.offset(of: plane)
        ck_add(a.base + offset, b.base + offset, result.planeCount, relu, result.base + offset)
    }

    /// The operands' own channels one after the other, then zeros.
    public static func concatenate(_ operands: [(tensor: Tensor, channels: Int)], plane: Int, into result: Tensor) {
        let voxels = result.shape.height * result.shape.width
        let parts = operands.map { operand in
            ck_operand(
                values: operand.tensor.base + operand.tensor.offset(of: plane), channels: Int64(operand.channels),
                stride: Int64(operand.tensor.shape.channels))
        }
        ck_concatenate(
            parts, Int64(parts.count), Int64(voxels), Int64(result.shape.channels),
            result.base + result.offset(of: plane))
    }

    /// The input's own channels, then zeros.
    public static func padChannels(_ input: Tensor, channels: Int, plane: Int, into result: Tensor) {
        concatenate([(input, channels)], plane: plane, into: result)
    }

    /// The part of the input that starts at voxel `origin`.
    public static func crop(_ input: Tensor, origin: PerAxis, plane: Int, into result: Tensor) {
        precondition(input.shape.channels == result.shape.channels, "a crop of another width")
        precondition(
            origin.allSatisfy { $0 >= 0 }
                && origin.combined(result.shape.extent, +).combined(input.shape.extent, -).allSatisfy { $0 <= 0 },
            "a crop that reaches beyond its source")
        let rows = result.rows(of: plane), start = [Int64(origin.z), Int64(origin.y), Int64(origin.x)]
        ck_crop(
            input.base, ck_shape(input.shape), start, ck_shape(result.shape), rows.first, rows.count, result.base)
    }

    /// One step of an LSTM, without peepholes: cell = sigmoid(f) cell + sigmoid(i) tanh(g), hidden = sigmoid(o)
    /// tanh(cell).
    /// - Parameters:
    ///   - gates: i, f, o, g before their nonlinearities, `channels` each.
    ///   - cell: the state of before, and afterwards the new one.
    public static func lstmGates(_ gates: Tensor, channels: Int, plane: Int, cell: Tensor, hidden: Tensor) {
        precondition(cell.shape == hidden.shape && gates.shape.channels >= 4 * channels, "gates of another shape")
        let operand = ck_operand(
            values: gates.base + gates.offset(of: plane), channels: Int64(4 * channels),
            stride: Int64(gates.shape.channels))
        ck_lstm_gates(
            operand, Int64(cell.shape.height * cell.shape.width), Int64(channels), Int64(cell.shape.channels),
            cell.base + cell.offset(of: plane), hidden.base + hidden.offset(of: plane))
    }
}

// What `NetworkPlan` calls so far.
extension Kernels {
    public static func averagePool(_ input: Tensor, factor: Int, plane: Int, into result: Tensor) {
        averagePool(input, window: .blocks(PerAxis(factor)), plane: plane, into: result)
    }

    public static func maxPool(_ input: Tensor, factor: Int, plane: Int, into result: Tensor) {
        maxPool(input, window: .blocks(PerAxis(factor)), plane: plane, into: result)
    }

    public static func upsample2(_ input: Tensor, plane: Int, line: UnsafeMutablePointer<Float>, into result: Tensor) {
        resizeTrilinear(input, alignCorners: true, plane: plane, line: line, into: result)
    }

    public static func concatenate(
        _ first: Tensor, channels firstChannels: Int, _ second: Tensor, channels secondChannels: Int, plane: Int,
        into result: Tensor
    ) {
        concatenate([(first, firstChannels), (second, secondChannels)], plane: plane, into: result)
    }
}

extension Tensor {
    fileprivate var planeCount: Int64 { Int64(shape.height * shape.width * shape.channels) }

    fileprivate func offset(of plane: Int) -> Int { plane * Int(planeCount) }

    /// Rows along x, over all planes.
    fileprivate func rows(of plane: Int) -> (first: Int64, count: Int64) {
        (Int64(plane * shape.height), Int64(shape.height))
    }
}
