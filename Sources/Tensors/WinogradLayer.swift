internal import CKernels
internal import Synchronization

/// The weights of a 3 x 3 x 3 convolution, transformed for each tile that a shape asks for: once, and shared by all
/// plans.
final class WinogradLayer: Sendable {
    let kernels: ck_kernels
    let window: Window
    /// Input channels beyond these are zero.
    let used: Int
    let inputs: Int
    let outputs: Int
    let fused: FusedParameters
    private let parameters: ConvolutionParameters
    private let transformed = Mutex<[PerAxis: AlignedBuffer]>([:])
    private let asDefined = Mutex<DirectConvolution?>(nil)

    init(_ parameters: ConvolutionParameters, _ kernels: ck_kernels) {
        self.kernels = kernels
        self.parameters = parameters
        window = parameters.window
        used = parameters.inChannels
        inputs = kernelChannels(parameters.inChannels)
        outputs = kernelChannels(parameters.outChannels)
        fused = FusedParameters(parameters, inputs: inputs, outputs: outputs)
    }

    /// What planning looks at.
    func shape(_ output: TensorShape) -> ck_winograd_shape {
        ck_winograd_shape(
            output: ck_axes(output.extent), dilation: ck_axes(window.dilation), in_channels: Int32(inputs),
            out_channels: Int32(outputs))
    }

    func weights(_ tile: PerAxis) -> AlignedBuffer {
        transformed.withLock { made in
            if let weights = made[tile] { return weights }
            let weights = transform(ck_axes(tile))
            made[tile] = weights
            return weights
        }
    }

    /// The convolution as it is defined, for maps that most taps of a dilated kernel fall outside of.
    func direct() -> DirectConvolution {
        asDefined.withLock { made in
            let convolution = made ?? DirectConvolution(parameters, kernels)
            made = convolution
            return convolution
        }
    }

    private func transform(_ tile: ck_axes) -> AlignedBuffer {
        let weights = AlignedBuffer(count: Int(ck_winograd_weight_count(tile, Int32(inputs), Int32(outputs))))
        kernels.winograd_weights(
            parameters.weights, Int32(parameters.outChannels), Int32(parameters.inChannels), tile, Int32(inputs),
            Int32(outputs), weights.base)
        return weights
    }
}
