internal import CKernels

/// Any dense or transposed convolution as it is defined: any window, strides, dilations whose taps may fall outside of
/// the map, one input channel, 1 x 1 x 1.
final class DirectConvolution: Convolution {
    private let kernels: ck_kernels
    private let window: Window
    private let outputs: Int
    private let parts: [Part]
    private let fused: FusedParameters

    /// The voxels of the output that share one set of weights.
    private struct Part: Sendable {
        let shape: MatrixConvolutionPart
        let segments: [ck_segment]
        let weights: AlignedBuffer
    }

    private static let voxelsPerItem = 288
    /// With fewer items the panels of channels are shared out too.
    private static let enoughItems = 16

    init(_ parameters: ConvolutionParameters, _ kernels: ck_kernels) {
        self.kernels = kernels
        window = parameters.window
        let inputs = parameters.inChannels, stored = inputs == 1 ? 1 : kernelChannels(inputs)
        let outputs = kernelChannels(parameters.outChannels)
        self.outputs = outputs
        parts = MatrixConvolutionPart.parts(of: parameters, inputs: inputs, outputs: outputs).map { part in
            let weights = AlignedBuffer(count: part.weights.count)
            ck_direct_weights(
                part.weights.base, Int64(part.taps * inputs), Int32(outputs), kernels.direct_panel, weights.base)
            return Part(
                shape: part, segments: Self.segments(of: part.window, inputs: inputs, stored: stored),
                weights: weights)
        }
        fused = FusedParameters(parameters, inputs: stored, outputs: outputs)
    }

    /// The inputs of the taps in memory order; a row of taps of a few channels is one segment.
    private static func segments(of window: Window, inputs: Int, stored: Int) -> [ck_segment] {
        let joinsRow = inputs == stored && inputs <= 16 && window.dilation.x == 1
        let taps = joinsRow ? 1 : window.size.x
        // An output between the taps of a transposed convolution has none: it still takes a segment, of no length.
        guard window.size.product > 0 else { return [ck_segment(z: 0, y: 0, x: 0, length: 0)] }
        return (0..<window.size.z * window.size.y * taps).map { index in
            let tap = PerAxis(z: index / taps / window.size.y, y: index / taps % window.size.y, x: index % taps)
            let place = tap.combined(window.dilation, *).combined(window.padding, -)
            return ck_segment(
                z: Int32(place.z), y: Int32(place.y), x: Int32(place.x * stored),
                length: Int32(joinsRow ? window.size.x * inputs : inputs))
        }
    }

    var algorithm: String { window.size == 1 ? "gemm" : "direct" }
    var weightBytes: Int { parts.reduce(0) { $0 + $1.weights.byteCount } }

    /// Runs of voxels, and of panels where there are few voxels.
    private func items(_ part: Part, _ output: TensorShape) -> (runs: Int, panelGroups: Int) {
        let runs = (part.shape.voxels(of: output).voxelCount + Self.voxelsPerItem - 1) / Self.voxelsPerItem
        return (runs, runs < Self.enoughItems ? panelCount : 1)
    }

    private var panelCount: Int { (outputs + Int(kernels.direct_panel) - 1) / Int(kernels.direct_panel) }

    func itemCount(_ output: TensorShape) -> Int {
        parts.reduce(0) { sum, part in
            let items = items(part, output)
            return sum + items.runs * items.panelGroups
        }
    }

    func scratchFloats(_ output: TensorShape) -> Int { Int(ck_direct_workspace()) }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        var index = item
        for part in parts {
            let items = items(part, result.shape)
            guard index >= items.runs * items.panelGroups else {
                let panels = panelCount * (index / items.runs) / items.panelGroups
                let panelEnd = panelCount * (index / items.runs + 1) / items.panelGroups
                let first = index % items.runs * Self.voxelsPerItem
                return part.segments.withUnsafeBufferPointer { segments in
                    guard let base = segments.baseAddress else { return }
                    var problem = problem(part, segments.count, base, input, residual, result)
                    let last = min(first + Self.voxelsPerItem, part.shape.voxels(of: result.shape).voxelCount)
                    kernels.direct(&problem, Int64(first), Int64(last), Int32(panels), Int32(panelEnd), scratch)
                }
            }
            index -= items.runs * items.panelGroups
        }
        preconditionFailure("an item that the convolution has not")
    }

    private func problem(
        _ part: Part, _ segmentCount: Int, _ segments: UnsafePointer<ck_segment>, _ input: Tensor, _ residual: Tensor?,
        _ result: Tensor
    ) -> ck_direct {
        let isFlat = window == .same(1) && part.shape.isWhole
        func extent(_ shape: TensorShape) -> PerAxis {
            isFlat ? PerAxis(z: 1, y: 1, x: shape.voxelCount) : shape.extent
        }
        return ck_direct(
            in_size: extent(input.shape).int32, in_channels: Int32(input.shape.channels),
            out_size: extent(result.shape).int32, out_channels: Int32(result.shape.channels),
            lattice: extent(part.shape.voxels(of: result.shape)).int32, origin: part.shape.origin.int32,
            step: part.shape.step.int32, stride: part.shape.window.stride.int32, segments: segments,
            segment_count: Int32(segmentCount), input: input.base, weights: part.weights.base, output: result.base,
            fusion: fused.fusion(residual: residual))
    }
}
