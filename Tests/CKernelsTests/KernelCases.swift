import CKernels

/// A 3 x 3 x 3 convolution: extents of the output, channels in memory, how the window moves.
struct ConvolutionShape: Sendable, CustomStringConvertible {
    let depth, height, width, inputs, outputs: Int
    var padding = (z: 1, y: 1, x: 1)
    var dilation = (z: 1, y: 1, x: 1)

    init(_ depth: Int, _ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int) {
        (self.depth, self.height, self.width) = (depth, height, width)
        (self.inputs, self.outputs) = (inputs, outputs)
    }

    func padded(_ z: Int, _ y: Int, _ x: Int) -> ConvolutionShape {
        var shape = self
        shape.padding = (z, y, x)
        return shape
    }

    func dilated(_ z: Int, _ y: Int, _ x: Int) -> ConvolutionShape {
        var shape = self
        shape.dilation = (z, y, x)
        return shape
    }

    var input: (depth: Int, height: Int, width: Int) {
        (
            depth + 2 * (dilation.z - padding.z), height + 2 * (dilation.y - padding.y),
            width + 2 * (dilation.x - padding.x)
        )
    }
    var inputVoxels: Int { input.depth * input.height * input.width }
    var voxels: Int { depth * height * width }
    var description: String {
        "\(inputs)->\(outputs) \(width)x\(height)x\(depth) padding \(padding) dilation \(dilation)"
    }
}

enum FusionKind: CaseIterable, Sendable {
    case none, biasAndReLU, biasAndReLU6, biasAndLeaky, biasAndResidual, batchNorm, batchNormAndResidual, residual
    case residualThenReLU
}

/// Repeatable values in [-1, 1).
struct Values {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(state >> 40) / Float(1 << 23) - 1
    }
}

/// Floats at an address that is a multiple of 64 bytes, as the kernels ask for.
final class AlignedFloats {
    let base: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int, _ value: () -> Float = { 0 }) {
        self.count = count
        base = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64).assumingMemoryBound(to: Float.self)
        for index in 0..<count { base[index] = value() }
    }

    deinit { base.deallocate() }

    var array: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
}

/// The arrays behind a `ck_fusion`.
final class FusionArrays {
    let scale, shift, bias, residual: AlignedFloats
    let kind: FusionKind

    init(_ kind: FusionKind, inputs: Int, outputs: Int, outputCount: Int, values: inout Values) {
        self.kind = kind
        scale = AlignedFloats(count: max(inputs, 16)) { 1 + 0.1 * values.next() }
        shift = AlignedFloats(count: max(inputs, 16)) { 0.1 * values.next() }
        bias = AlignedFloats(count: outputs) { 0.2 * values.next() }
        residual = AlignedFloats(count: outputCount) { values.next() }
    }

    var fusion: ck_fusion {
        switch kind {
        case .none: fusion()
        case .biasAndReLU: fusion(bias: true, activation: .relu)
        case .biasAndReLU6: fusion(bias: true, activation: .relu6)
        case .biasAndLeaky: fusion(bias: true, activation: .leaky)
        case .biasAndResidual: fusion(bias: true, residual: true)
        case .batchNorm: fusion(affine: true)
        case .batchNormAndResidual: fusion(affine: true, inputReLU: true, residual: true)
        case .residual: fusion(inputReLU: true, bias: true, activation: .relu, residual: true)
        case .residualThenReLU: fusion(inputReLU: true, residual: true, residualReLU: true)
        }
    }

    private func fusion(
        affine: Bool = false, inputReLU: Bool = false, bias hasBias: Bool = false, activation: ck_activation = .none,
        residual hasResidual: Bool = false, residualReLU: Bool = false
    ) -> ck_fusion {
        ck_fusion(
            scale: affine ? scale.base : nil, shift: affine ? shift.base : nil, bias: hasBias ? bias.base : nil,
            residual: hasResidual ? residual.base : nil, input_relu: inputReLU ? 1 : 0, activation: activation,
            slope: 0.25, residual_relu: residualReLU ? 1 : 0)
    }
}

/// One 3 x 3 x 3 convolution with random contents.
final class ConvolutionCase {
    private let shape: ConvolutionShape
    private let input: AlignedFloats
    private let weights: AlignedFloats
    private let arrays: FusionArrays
    private let used: Int

    /// - Parameter used: input channels from this one on are zero.
    init(_ shape: ConvolutionShape, fusion kind: FusionKind, used: Int? = nil) {
        var values = Values(seed: 7)
        let bound = 1 / Float(27 * shape.inputs).squareRoot()
        self.shape = shape
        input = AlignedFloats(count: shape.inputVoxels * shape.inputs) { values.next() }
        weights = AlignedFloats(count: shape.outputs * shape.inputs * 27) { bound * values.next() }
        self.used = used ?? shape.inputs
        for index in 0..<input.count where index % shape.inputs >= self.used { input.base[index] = 0 }
        arrays = FusionArrays(
            kind, inputs: shape.inputs, outputs: shape.outputs, outputCount: shape.voxels * shape.outputs, values: &values)
    }

    func reference() -> [Float] {
        result(weights: weights) { problem in ck_reference_convolution(&problem) }
    }

    /// - Parameters:
    ///   - tile: outputs of a tile along z, y and x.
    ///   - outputs: channels that are computed together, nil for what is planned.
    func winograd(_ isa: String, tile: [Int32] = [4, 4, 4], outputs: Int32? = nil, runs: Int = 1) -> [Float] {
        let kernels = ck_kernels_named(isa)!.pointee
        let tile = ck_axes(z: tile[0], y: tile[1], x: tile[2])
        let transformed = AlignedFloats(
            count: Int(ck_winograd_weight_count(tile, Int32(shape.inputs), Int32(shape.outputs)))) { .nan }
        kernels.winograd_weights(
            weights.base, Int32(shape.outputs), Int32(shape.inputs), tile, Int32(shape.inputs), Int32(shape.outputs),
            transformed.base)
        let size = ck_winograd_shape(
            output: ck_axes(z: Int32(shape.depth), y: Int32(shape.height), x: Int32(shape.width)),
            dilation: dilation, in_channels: Int32(shape.inputs), out_channels: Int32(shape.outputs))
        var plan = ck_winograd_plan(size, tile)
        plan.outputs = outputs ?? plan.outputs
        let workspace = AlignedFloats(count: Int(ck_winograd_workspace(size, plan))) { .nan }
        let batches = ck_winograd_batches(size, plan)
        return result(weights: transformed) { problem in
            for run in 0..<Int64(runs) {
                kernels.winograd(
                    &problem, plan, batches * run / Int64(runs), batches * (run + 1) / Int64(runs), workspace.base)
            }
        }
    }

    private var dilation: ck_axes {
        ck_axes(z: Int32(shape.dilation.z), y: Int32(shape.dilation.y), x: Int32(shape.dilation.x))
    }

    func stem(_ isa: String) -> [Float] {
        let byTap = AlignedFloats(count: 27 * shape.outputs)
        for output in 0..<shape.outputs {
            for tap in 0..<27 { byTap.base[tap * shape.outputs + output] = weights.base[output * 27 + tap] }
        }
        let workspace = AlignedFloats(count: 9 * (shape.width + 2))
        return result(weights: byTap) { problem in
            ck_kernels_named(isa)!.pointee.stem(&problem, 0, Int64(shape.depth * shape.height), workspace.base)
        }
    }

    func relativeError(of result: [Float], to reference: [Float]) -> Float {
        let range = reference.map(abs).max() ?? 1
        return zip(result, reference).map { abs($0 - $1) }.max()! / range
    }

    private func result(weights: AlignedFloats, _ run: (inout ck_convolution) -> Void) -> [Float] {
        let output = AlignedFloats(count: shape.voxels * shape.outputs) { .nan }
        var problem = ck_convolution(
            depth: Int32(shape.depth), height: Int32(shape.height), width: Int32(shape.width),
            in_depth: Int32(shape.input.depth), in_height: Int32(shape.input.height),
            in_width: Int32(shape.input.width),
            padding: ck_axes(z: Int32(shape.padding.z), y: Int32(shape.padding.y), x: Int32(shape.padding.x)),
            dilation: dilation, in_channels: Int32(shape.inputs), out_channels: Int32(shape.outputs),
            used_channels: Int32(used), input: input.base, weights: weights.base, output: output.base,
            fusion: arrays.fusion)
        run(&problem)
        return output.array
    }
}
