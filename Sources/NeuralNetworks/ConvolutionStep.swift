internal import Tensors

/// A convolution with what is fused into it.
final class ConvolutionStep: Sendable {
    let kernel: Int
    let inChannels: Int
    let outChannels: Int
    /// The matrix [kz][ky][kx][in] x [out].
    let weights: [Float]
    /// BN and ReLU before the convolution, applied as the input is read.
    let onLoad: Kernels.OnLoad
    /// Per output channel; applied, with the ReLU after it, as the output is written. The residual is added last.
    let bias: [Float]?
    let outputReLU: Bool
    let hasResidual: Bool

    init(
        _ convolution: NetworkDescription.Convolution, weights: [Float], bias: [Float]?, input: InputActivation,
        output: OutputActivation
    ) {
        kernel = convolution.kernel
        inChannels = convolution.inChannels
        outChannels = convolution.outChannels
        self.weights = weights
        self.bias = bias
        onLoad = Kernels.OnLoad(affine: input.affine.map { ($0.scale, $0.shift) }, relu: input.relu)
        outputReLU = output.relu
        hasResidual = output.residual
    }

    /// The inner dimension of the matrix product.
    var patchFloats: Int { kernel * kernel * kernel * inChannels }

    func multiplyAccumulates(_ output: TensorShape) -> Int {
        output.count * patchFloats
    }
}

/// What is done to a convolution's input as it is read.
struct InputActivation {
    var affine: ChannelAffine?
    var relu = false
}

/// What is done to a convolution's output as it is written, after the bias.
struct OutputActivation {
    var relu = false
    var residual = false
}

/// v * scale[c] + shift[c]: batch normalisation in inference mode.
struct ChannelAffine: Sendable {
    let scale: [Float]
    let shift: [Float]

    static let epsilon = 1e-5

    /// From the four tensors of a BN layer.
    init(name: String, weights: (String) throws -> [Float]) rethrows {
        let gamma = try weights("\(name).weight"), beta = try weights("\(name).bias")
        let mean = try weights("\(name).running_mean"), variance = try weights("\(name).running_var")
        let factors = zip(gamma, variance).map { Double($0) / (Double($1) + Self.epsilon).squareRoot() }
        scale = factors.map { Float($0) }
        shift = factors.indices.map { Float(Double(beta[$0]) - Double(mean[$0]) * factors[$0]) }
    }
}
