internal import Tensors

// Layers that the published networks have in common; each is one node of their tables.
extension NetworkDescription {
    /// BN, ReLU, convolution that keeps the size.
    mutating func preActivation(
        _ node: String, _ x: Value, to channels: Int, kernel: Int, bias: Bool = false
    ) -> Value {
        preActivation(node, x, to: channels, window: .same(cube(kernel)), bias: bias)
    }

    /// BN, ReLU, convolution.
    mutating func preActivation(
        _ node: String, _ x: Value, to channels: Int, window: Window, bias: Bool = false
    ) -> Value {
        convolution(node, relu(batchNorm(node, x)), to: channels, window: window, bias: bias)
    }

    /// Convolution without bias, BN.
    mutating func convolutionNorm(
        _ node: String, _ x: Value, to channels: Int, window: Window, form: ConvolutionParameters.Form = .dense
    ) -> Value {
        batchNorm(node, convolution(node, x, to: channels, window: window, form: form))
    }

    /// Transposed convolution of side 2 and stride 2 with bias: doubles the size.
    mutating func up(_ node: String, _ x: Value, to channels: Int) -> Value {
        transposedConvolution(node, x, to: channels, window: .blocks(cube(2)), bias: true)
    }
}
