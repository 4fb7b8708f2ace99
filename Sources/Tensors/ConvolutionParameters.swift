/// A convolution's weights, and what is fused into its loads and stores.
public struct ConvolutionParameters: Sendable {
    public enum Form: Hashable, Sendable {
        /// Every output channel from every input channel; weights [out][in][kz][ky][kx].
        case dense
        /// Every channel from itself; weights [channel][kz][ky][kx].
        case depthwise
        /// The transpose of a strided convolution; weights [in][out][kz][ky][kx].
        case transposed(outputPadding: PerAxis)
    }

    public var form: Form
    public var window: Window
    public var inChannels: Int
    public var outChannels: Int
    /// In the order that `form` says.
    public var weights: [Float]
    /// Per output channel, added as the output is written.
    public var bias: [Float]?
    /// v * scale[c] + shift[c] as the input is read.
    public var inputAffine: (scale: [Float], shift: [Float])?
    /// max(v, 0) as the input is read, after the affine map.
    public var inputReLU = false
    /// As the output is written, after the bias and before the residual.
    public var activation = Activation.none
    /// max(v, 0) after the residual was added.
    public var residualReLU = false

    public init(
        _ form: Form = .dense, window: Window, inChannels: Int, outChannels: Int, weights: [Float],
        bias: [Float]? = nil
    ) {
        let pairs = form == .depthwise ? outChannels : inChannels * outChannels
        precondition(weights.count == window.size.product * pairs, "weights of another shape")
        precondition(form != .depthwise || inChannels == outChannels, "a depthwise convolution that changes the width")
        self.form = form
        self.window = window
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.weights = weights
        self.bias = bias
    }

    /// The shape of the result, with so many channels in memory.
    public func output(of input: TensorShape, channels: Int) -> TensorShape {
        guard case .transposed(let outputPadding) = form else { return window.output(of: input, channels: channels) }
        return window.transposedOutput(of: input, channels: channels, outputPadding: outputPadding)
    }

    /// Anything is done to the input as it is read.
    var hasInputActivation: Bool { inputAffine != nil || inputReLU }

    /// Weights as the matrix [kz][ky][kx][in] x [out] (depthwise: [kz][ky][kx] x [channel]), with zeros for the
    /// channels beyond the convolution's own.
    func matrix(inputs: Int, outputs: Int) -> AlignedBuffer {
        let taps = window.size.product, rows = form == .depthwise ? 1 : inputs
        let matrix = AlignedBuffer(count: taps * rows * outputs, repeating: 0)
        for out in 0..<outChannels {
            for channel in 0..<(form == .depthwise ? 1 : inChannels) {
                let first = firstWeight(out, channel) * taps
                for tap in 0..<taps { matrix.base[(tap * rows + channel) * outputs + out] = weights[first + tap] }
            }
        }
        return matrix
    }

    /// Where the kernel of a pair of channels starts, in kernels.
    private func firstWeight(_ out: Int, _ channel: Int) -> Int {
        switch form {
        case .dense: out * inChannels + channel
        case .depthwise: out
        case .transposed: channel * outChannels + out
        }
    }
}
