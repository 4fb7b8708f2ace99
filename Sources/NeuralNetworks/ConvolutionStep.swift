internal import Tensors

/// A convolution with what is fused into it.
struct ConvolutionStep: Sendable {
    let convolution: any Convolution
    /// A second operand is added last.
    let hasResidual: Bool
    let multiplyAccumulatesPerVoxel: Int

    init(_ parameters: ConvolutionParameters, hasResidual: Bool, engine: ComputeEngine) {
        convolution = engine.convolution(parameters)
        self.hasResidual = hasResidual
        multiplyAccumulatesPerVoxel = parameters.weights.count
    }
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
