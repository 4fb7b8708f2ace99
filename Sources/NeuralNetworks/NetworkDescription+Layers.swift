public import Tensors

// Layers with weights. `node` is the name in the published table; tensors are `<network>.<node>.conv.weight` and so on.
extension NetworkDescription {
    public mutating func convolution(
        _ node: String, _ input: Value, to outChannels: Int, window: Window, form: ConvolutionParameters.Form = .dense,
        bias: Bool = false
    ) -> Value {
        precondition(form != .depthwise || outChannels == input.channels, "a depthwise convolution keeps the channels")
        precondition(window.size.allSatisfy { $0 > 0 } && window.stride.allSatisfy { $0 > 0 }, "an empty window")
        precondition(axes != .yx || window.size.z == 1, "a network on slices has windows of one plane")
        let layer = ConvolutionLayer(
            name: "\(name).\(node).conv", form: form, window: window, inChannels: input.channels,
            outChannels: outChannels, hasBias: bias)
        return append(.convolution(layer), [input], channels: outChannels, name: node)
    }

    /// A cube (in a network on slices a square) of side `kernel`, odd, with stride 1 and as much zero padding as keeps
    /// the size.
    public mutating func convolution(
        _ node: String, _ input: Value, to outChannels: Int, kernel: Int, bias: Bool = false
    ) -> Value {
        convolution(node, input, to: outChannels, window: .same(cube(kernel)), bias: bias)
    }

    /// As PyTorch's transposed convolution; `window.size` is at least the stride.
    public mutating func transposedConvolution(
        _ node: String, _ input: Value, to outChannels: Int, window: Window, outputPadding: PerAxis = 0,
        bias: Bool = false
    ) -> Value {
        precondition(
            window.dilation == 1 && window.size.combined(window.stride, -).allSatisfy { $0 >= 0 },
            "a transposed convolution that leaves voxels out")
        return convolution(
            node, input, to: outChannels, window: window, form: .transposed(outputPadding: outputPadding), bias: bias)
    }

    /// A matrix with bias on every voxel: `<node>.linear.weight` [out, in].
    public mutating func linear(_ node: String, _ input: Value, to outChannels: Int) -> Value {
        let layer = ConvolutionLayer(
            name: "\(name).\(node).linear", form: .dense, window: .same(1), inChannels: input.channels,
            outChannels: outChannels, hasBias: true, isLinear: true)
        return append(.convolution(layer), [input], channels: outChannels, name: node)
    }

    public mutating func batchNorm(_ node: String, _ input: Value) -> Value {
        append(.batchNorm(name: "\(name).\(node).bn"), [input], channels: input.channels, name: node)
    }

    /// One slope for all channels.
    public mutating func prelu(_ node: String, _ input: Value) -> Value {
        append(.prelu(name: "\(name).\(node).prelu"), [input], channels: input.channels, name: node)
    }

    /// The same number for every axis that the network's kernels have.
    public func cube(_ side: Int) -> PerAxis {
        axes == .yx ? PerAxis(z: 1, y: side, x: side) : PerAxis(side)
    }
}
