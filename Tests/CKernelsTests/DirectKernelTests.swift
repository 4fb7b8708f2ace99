import CKernels
import Testing

/// The direct and the depthwise kernel of every instruction set against the scalar references.
@Suite struct DirectKernelTests {
    @Test(
        "The direct convolution equals the reference, however the work is split", arguments: KernelTests.isas,
        [(1, 64), (16, 16), (16, 48), (32, 112), (48, 32), (160, 80)])
    func direct(isa: String, width: (Int, Int)) {
        for kind in KernelTests.fusions {
            let problem = DirectCase(inputs: width.0, outputs: width.1, fusion: kind)
            let whole = problem.direct(isa, splits: 1)
            #expect(relativeDifference(whole, problem.reference()) < 5e-6, "\(kind)")
            #expect(problem.direct(isa, splits: 5) == whole, "\(kind)")
        }
    }

    @Test("The depthwise convolution equals the reference", arguments: KernelTests.isas, [16, 48])
    func depthwise(isa: String, channels: Int) {
        for kind in KernelTests.fusions {
            for stride in [1, 2] {
                let problem = DepthwiseCase(channels: channels, stride: stride, fusion: kind)
                #expect(relativeDifference(problem.depthwise(isa), problem.reference()) < 5e-6, "\(kind)")
            }
        }
    }
}

private func relativeDifference(_ a: [Float], _ b: [Float]) -> Float {
    let differences = zip(a, b).map { abs($0 - $1) }
    // A NaN must not pass.
    guard differences.allSatisfy(\.isFinite) else { return .infinity }
    return (differences.max() ?? 0) / (b.map(abs).max() ?? 1)
}

/// 3 x 3 x 3, stride (1, 2, 2), one voxel of padding, 4 x 7 x 27 voxels, written to every second voxel of the output.
private final class DirectCase {
    private static let taps = 27
    private let inputs, outputs: Int32
    private let input, weights: AlignedFloats
    private let arrays: FusionArrays
    private let segments: [ck_segment]
    private static let lattice: (Int32, Int32, Int32) = (4, 4, 14), outSize: (Int32, Int32, Int32) = (4, 8, 28)

    init(inputs: Int, outputs: Int, fusion kind: FusionKind) {
        var values = Values(seed: 5)
        let voxels = 4 * 7 * 27, outputCount = 4 * 8 * 28 * outputs
        let bound = 1 / Float(Self.taps * inputs).squareRoot()
        (self.inputs, self.outputs) = (Int32(inputs), Int32(outputs))
        input = AlignedFloats(count: voxels * inputs) { values.next() }
        weights = AlignedFloats(count: Self.taps * inputs * outputs) { bound * values.next() }
        arrays = FusionArrays(kind, inputs: inputs, outputs: outputs, outputCount: outputCount, values: &values)
        segments = (0..<Int32(Self.taps)).map { tap in
            ck_segment(z: tap / 9 - 1, y: tap / 3 % 3 - 1, x: (tap % 3 - 1) * Int32(inputs), length: Int32(inputs))
        }
    }

    func reference() -> [Float] {
        result(weights: weights) { problem in ck_reference_direct(&problem) }
    }

    func direct(_ isa: String, splits: Int64) -> [Float] {
        let kernels = ck_kernels_named(isa)!.pointee
        let panels = AlignedFloats(count: weights.count)
        ck_direct_weights(weights.base, Int64(Self.taps) * Int64(inputs), outputs, kernels.direct_panel, panels.base)
        let workspace = AlignedFloats(count: Int(ck_direct_workspace())) { .nan }
        let voxels = Int64(Self.lattice.0 * Self.lattice.1 * Self.lattice.2)
        let panelCount = (outputs + kernels.direct_panel - 1) / kernels.direct_panel
        return result(weights: panels) { problem in
            for split in 0..<splits {
                let (first, last) = (voxels * split / splits, voxels * (split + 1) / splits)
                if splits == 1 {
                    kernels.direct(&problem, first, last, 0, panelCount, workspace.base)
                } else {
                    for panel in 0..<panelCount { kernels.direct(&problem, first, last, panel, panel + 1, workspace.base) }
                }
            }
        }
    }

    private func result(weights: AlignedFloats, _ run: (inout ck_direct) -> Void) -> [Float] {
        let output = AlignedFloats(count: 4 * 8 * 28 * Int(outputs))
        segments.withUnsafeBufferPointer { segments in
            var problem = ck_direct(
                in_size: (4, 7, 27), in_channels: inputs, out_size: Self.outSize, out_channels: outputs,
                lattice: Self.lattice, origin: (0, 1, 0), step: (1, 2, 2), stride: (1, 2, 2),
                segments: segments.baseAddress!, segment_count: Int32(segments.count), input: input.base,
                weights: weights.base, output: output.base, fusion: arrays.fusion)
            run(&problem)
        }
        return output.array
    }
}

/// 3 x 3 x 3 with one voxel of padding on 3 x 6 x 21 voxels.
private final class DepthwiseCase {
    private let channels, stride: Int32
    private let input, weights: AlignedFloats
    private let arrays: FusionArrays
    private let outSize: (Int32, Int32, Int32)

    init(channels: Int, stride: Int, fusion kind: FusionKind) {
        var values = Values(seed: 6)
        (self.channels, self.stride) = (Int32(channels), Int32(stride))
        outSize = stride == 1 ? (3, 6, 21) : (2, 3, 11)
        input = AlignedFloats(count: 3 * 6 * 21 * channels) { values.next() }
        weights = AlignedFloats(count: 27 * channels) { 0.2 * values.next() }
        arrays = FusionArrays(
            kind, inputs: channels, outputs: channels, outputCount: Int(outSize.0 * outSize.1 * outSize.2) * channels,
            values: &values)
    }

    func reference() -> [Float] {
        result { problem in ck_reference_depthwise(&problem) }
    }

    func depthwise(_ isa: String) -> [Float] {
        result { problem in
            let kernels = ck_kernels_named(isa)!.pointee, rows = Int64(outSize.0 * outSize.1)
            kernels.depthwise(&problem, rows / 2, rows)
            kernels.depthwise(&problem, 0, rows / 2)
        }
    }

    private func result(_ run: (inout ck_depthwise) -> Void) -> [Float] {
        let output = AlignedFloats(count: Int(outSize.0 * outSize.1 * outSize.2 * channels)) { .nan }
        let steps = (stride, stride, stride)
        var problem = ck_depthwise(
            in_size: (3, 6, 21), out_size: outSize, channels: channels, size: (3, 3, 3), stride: steps,
            padding: (1, 1, 1), dilation: (1, 1, 1), input: input.base, weights: weights.base, output: output.base,
            fusion: arrays.fusion)
        run(&problem)
        return output.array
    }
}
