/// A convolution with stride 1 and as much zero padding as keeps the size, its weights laid out for what computes it.
///
/// The work comes in items that do not depend on the number of threads, each a contiguous part of the output.
public protocol Convolution: Sendable {
    func itemCount(_ output: TensorShape) -> Int

    /// Floats of scratch that each worker needs.
    func scratchFloats(_ output: TensorShape) -> Int

    /// Computes one item of the result.
    /// - Parameters:
    ///   - residual: of the result's shape, added last; may be the result.
    ///   - scratch: `scratchFloats`, aligned to 64 bytes.
    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>)
}

/// A convolution's weights, and what is fused into its loads and stores.
public struct ConvolutionParameters: Sendable {
    /// Extent along every axis, odd.
    public var kernel: Int
    public var inChannels: Int
    public var outChannels: Int
    /// [out][in][kz][ky][kx].
    public var weights: [Float]
    /// Per output channel, added as the output is written.
    public var bias: [Float]?
    /// v * scale[c] + shift[c] as the input is read.
    public var inputAffine: (scale: [Float], shift: [Float])?
    /// max(v, 0) as the input is read, after the affine map.
    public var inputReLU = false
    /// max(v, 0) as the output is written, after the bias and before the residual.
    public var outputReLU = false

    public init(kernel: Int, inChannels: Int, outChannels: Int, weights: [Float], bias: [Float]? = nil) {
        precondition(weights.count == kernel * kernel * kernel * inChannels * outChannels, "weights of another shape")
        self.kernel = kernel
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.weights = weights
        self.bias = bias
    }

    /// Weights as the matrix [kz][ky][kx][in] x [out], with zeros for the channels beyond the convolution's own.
    func matrix(inputs: Int, outputs: Int) -> AlignedBuffer {
        let taps = kernel * kernel * kernel
        let matrix = AlignedBuffer(count: taps * inputs * outputs, repeating: 0)
        for out in 0..<outChannels {
            for channel in 0..<inChannels {
                for tap in 0..<taps {
                    matrix.base[(tap * inputs + channel) * outputs + out] =
                        weights[(out * inChannels + channel) * taps + tap]
                }
            }
        }
        return matrix
    }
}
