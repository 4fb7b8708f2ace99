internal import Tensors

/// Batch normalisation in inference mode: v * scale[c] + shift[c].
struct BatchNorm: Sendable {
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

    /// Folds this norm, which follows the convolution, into its weights and bias.
    func fold(into parameters: inout ConvolutionParameters) {
        let taps = parameters.window.size.product
        for index in parameters.weights.indices {
            let kernel = index / taps
            let channel =
                switch parameters.form {
                case .dense: kernel / parameters.inChannels
                case .depthwise: kernel
                case .transposed: kernel % parameters.outChannels
                }
            parameters.weights[index] *= scale[channel]
        }
        let bias = parameters.bias ?? Array(repeating: 0, count: parameters.outChannels)
        parameters.bias = bias.indices.map { bias[$0] * scale[$0] + shift[$0] }
    }
}
