import CKernels
import Testing

/// The kernels for 16 + 1 channels against the scalar reference, which knows nothing of their layout.
@Suite struct LoneChannelTests {
    /// From the boxes of LowRes, and odd ones.
    static let sizes = [(1, 1, 1), (5, 6, 9), (3, 13, 70), (9, 4, 24), (24, 24, 24)]
    static let widths = [(17, 17), (17, 16), (16, 17)]

    @Test("Winograd equals the reference to single precision", arguments: KernelTests.isas, sizes)
    func winograd(isa: String, size: (Int, Int, Int)) {
        for (inputs, outputs) in Self.widths {
            for kind in FusionKind.allCases {
                let problem = LoneConvolutionCase(size, inputs, outputs, fusion: kind)
                let error = relativeError(of: problem.winograd(isa), to: problem.reference())
                #expect(error < 1e-5, "\(inputs)->\(outputs) \(kind)")
            }
        }
    }

    @Test("Any split of the tiles gives the same bits", arguments: KernelTests.isas)
    func splits(isa: String) {
        let problem = LoneConvolutionCase((9, 10, 27), 17, 17, fusion: .biasAndResidual)
        let whole = problem.winograd(isa)
        #expect(problem.winograd(isa) == whole)
        #expect(problem.winograd(isa, runs: 3) == whole)
        #expect(problem.winograd(isa, runs: 11) == whole)
    }

    @Test(
        "The 1 x 1 x 1 convolution equals the reference", arguments: KernelTests.isas,
        [(17, 17), (17, 1), (17, 16), (16, 17), (32, 17), (33, 17), (64, 1)])
    func pointwise(isa: String, width: (Int, Int)) {
        for rows in [1, 16, 77] {
            for kind in FusionKind.allCases {
                let problem = LonePointwiseCase(rows: rows, width.0, width.1, fusion: kind)
                let error = relativeError(of: problem.pointwise(isa), to: problem.reference())
                #expect(error < 1e-6, "\(rows) rows, \(kind)")
            }
        }
    }

    private func relativeError(of result: [Float], to reference: [Float]) -> Float {
        let range = max(reference.map(abs).max() ?? 0, 0.1)  // a few rows may all be zero after the ReLU
        return zip(result, reference).map { abs($0 - $1) }.reduce(0) { $0 > $1 ? $0 : $1 } / range
    }
}

/// An array [voxel][channel], and the same with the last of 16 n + 1 channels behind the others.
private struct LoneLayout {
    let voxels, channels: Int

    private func place(_ voxel: Int, _ channel: Int) -> Int {
        let block = channels & ~15
        return channel < block ? voxel * block + channel : voxels * block + voxel
    }

    func apart(_ dense: AlignedFloats) -> AlignedFloats {
        let result = AlignedFloats(count: dense.count)
        for index in 0..<dense.count { result.base[place(index / channels, index % channels)] = dense.base[index] }
        return result
    }

    func dense(_ apart: AlignedFloats) -> [Float] {
        (0..<apart.count).map { apart.base[place($0 / channels, $0 % channels)] }
    }
}

/// One 3 x 3 x 3 convolution with random contents.
private final class LoneConvolutionCase {
    private let size: (depth: Int, height: Int, width: Int)
    private let from, to: LoneLayout
    private let input, weights: AlignedFloats
    private let arrays: FusionArrays

    init(_ size: (Int, Int, Int), _ inputs: Int, _ outputs: Int, fusion kind: FusionKind) {
        var values = Values(seed: 5)
        let bound = 1 / Float(27 * inputs).squareRoot(), voxels = size.0 * size.1 * size.2
        self.size = size
        (from, to) = (LoneLayout(voxels: voxels, channels: inputs), LoneLayout(voxels: voxels, channels: outputs))
        input = AlignedFloats(count: voxels * inputs) { values.next() }
        weights = AlignedFloats(count: 27 * inputs * outputs) { bound * values.next() }
        arrays = FusionArrays(
            kind, inputs: inputs, outputs: outputs, outputCount: voxels * outputs, values: &values)
    }

    func reference() -> [Float] {
        let output = AlignedFloats(count: to.voxels * to.channels) { .nan }
        var problem = problem(input, weights, output, arrays.fusion)
        ck_reference_convolution(&problem)
        return output.array
    }

    func winograd(_ isa: String, runs: Int = 1) -> [Float] {
        let (inputs, outputs) = (Int32(from.channels), Int32(to.channels))
        let tile = ck_axes(z: 4, y: 4, x: 4), stored = (outputs + 15) & ~15
        let matrices = AlignedFloats(count: Int(ck_winograd_weight_count(tile, inputs, stored)))
        ck_kernels_named(isa)!.pointee.winograd_weights(
            weights.base, outputs, inputs, tile, inputs, stored, matrices.base)
        let arranged = AlignedFloats(count: Int(ck_lone_weight_count(inputs, 216)))
        ck_lone_weights(matrices.base, 216, inputs, outputs, stored, arranged.base)
        let input = from.apart(input), residual = to.apart(arrays.residual)
        let output = AlignedFloats(count: to.voxels * to.channels) { .nan }
        let workspace = AlignedFloats(count: Int(ck_winograd17_workspace())) { .nan }
        var fusion = arrays.fusion
        if fusion.residual != nil { fusion.residual = UnsafePointer(residual.base) }
        var problem = problem(input, arranged, output, fusion)
        let tiles = ck_winograd_tiles(problem.depth, problem.height, problem.width)
        for run in 0..<Int64(runs) {
            ck_kernels_named(isa)!.pointee.winograd17(
                &problem, tiles * run / Int64(runs), tiles * (run + 1) / Int64(runs), workspace.base)
        }
        return to.dense(output)
    }

    private func problem(
        _ input: AlignedFloats, _ weights: AlignedFloats, _ output: AlignedFloats, _ fusion: ck_fusion
    ) -> ck_convolution {
        ck_convolution(
            depth: Int32(size.depth), height: Int32(size.height), width: Int32(size.width),
            in_depth: Int32(size.depth), in_height: Int32(size.height), in_width: Int32(size.width),
            padding: ck_axes(z: 1, y: 1, x: 1), dilation: ck_axes(z: 1, y: 1, x: 1),
            in_channels: Int32(from.channels), out_channels: Int32(to.channels), used_channels: Int32(from.channels),
            input: input.base, weights: weights.base, output: output.base, fusion: fusion)
    }
}

/// One 1 x 1 x 1 convolution with random contents.
private final class LonePointwiseCase {
    private let from, to: LoneLayout
    private let input, weights: AlignedFloats
    private let arrays: FusionArrays

    init(rows: Int, _ inputs: Int, _ outputs: Int, fusion kind: FusionKind) {
        var values = Values(seed: 9)
        let bound = 1 / Float(inputs).squareRoot()
        (from, to) = (LoneLayout(voxels: rows, channels: inputs), LoneLayout(voxels: rows, channels: outputs))
        input = AlignedFloats(count: rows * inputs) { values.next() }
        weights = AlignedFloats(count: inputs * outputs) { bound * values.next() }
        arrays = FusionArrays(kind, inputs: inputs, outputs: outputs, outputCount: rows * outputs, values: &values)
    }

    func reference() -> [Float] {
        let output = AlignedFloats(count: to.voxels * to.channels) { .nan }
        var problem = problem(input, weights, output, arrays.fusion)
        ck_reference_pointwise(&problem)
        return output.array
    }

    func pointwise(_ isa: String) -> [Float] {
        let (inputs, outputs) = (Int32(from.channels), Int32(to.channels))
        let arranged = AlignedFloats(count: Int(ck_lone_weight_count(inputs, 1)))
        ck_lone_weights(weights.base, 1, inputs, outputs, outputs, arranged.base)
        let input = from.apart(input), residual = to.apart(arrays.residual)
        let output = AlignedFloats(count: to.voxels * to.channels) { .nan }
        var fusion = arrays.fusion
        if fusion.residual != nil { fusion.residual = UnsafePointer(residual.base) }
        var problem = problem(input, arranged, output, fusion)
        let rows = problem.rows
        ck_kernels_named(isa)!.pointee.pointwise17(&problem, 0, rows / 3)
        ck_kernels_named(isa)!.pointee.pointwise17(&problem, rows / 3, rows)
        return to.dense(output)
    }

    private func problem(
        _ input: AlignedFloats, _ weights: AlignedFloats, _ output: AlignedFloats, _ fusion: ck_fusion
    ) -> ck_pointwise {
        ck_pointwise(
            rows: Int64(from.voxels), in_channels: Int32(from.channels), out_channels: Int32(to.channels),
            used_channels: Int32(from.channels), input: input.base, weights: weights.base, output: output.base,
            fusion: fusion)
    }
}
