public import Tensors

// What follows from a description.
extension NetworkDescription {
    /// Name and shape of every tensor of the network's weights: convolutions [out, in, k0, k1, k2], depthwise
    /// [channels, 1, ...], transposed [in, out, ...], linear layers [out, in].
    public var parameters: [String: [Int]] {
        var shapes: [String: [Int]] = [:]
        for node in nodes {
            switch node.operation {
            case .convolution(let layer):
                shapes["\(layer.name).weight"] = layer.weightShape(axes)
                if layer.hasBias { shapes["\(layer.name).bias"] = [layer.outChannels] }
            case .batchNorm(let name):
                for part in ["weight", "bias", "running_mean", "running_var"] {
                    shapes["\(name).\(part)"] = [node.channels]
                }
            case .prelu(let name): shapes["\(name).weight"] = [1]
            default: break
            }
        }
        return shapes
    }

    /// The extents of the outputs (in the order of `outputNames`) for given extents of the inputs.
    /// - Throws: if the network does not take such inputs: too small, or not divisible.
    public func outputExtents(_ inputs: [PerAxis]) throws(NetworkShapeError) -> [PerAxis] {
        let extents = try extents(inputs)
        return outputs.map { extents[$0.node] }
    }

    /// Multiply-accumulates of all convolutions for given extents of the inputs, as if computed by the definition.
    public func multiplyAccumulates(_ inputs: [PerAxis]) throws(NetworkShapeError) -> Int {
        let extents = try extents(inputs)
        var sum = 0
        for (index, node) in nodes.enumerated() {
            guard case .convolution(let layer) = node.operation else { continue }
            sum += layer.multiplyAccumulates(from: extents[node.operands[0]], to: extents[index])
        }
        return sum
    }

    /// The extent of every node for given extents of the inputs (in the order of `inputNames`).
    func extents(_ inputs: [PerAxis]) throws(NetworkShapeError) -> [PerAxis] {
        precondition(inputs.count == inputNames.count, "an extent for each input")
        var extents: [PerAxis] = []
        var remaining = inputs[...]
        for node in nodes {
            if case .input = node.operation {
                extents.append(remaining.removeFirst())
            } else {
                extents.append(try extent(of: node, node.operands.map { extents[$0] }, node.like.map { extents[$0] }))
            }
            guard extents[extents.count - 1].allSatisfy({ $0 > 0 }) else {
                throw NetworkShapeError(layer: layer(node), reason: "the input is too small")
            }
        }
        return extents
    }

    private func extent(
        of node: Node, _ operands: [PerAxis], _ like: PerAxis?
    ) throws(NetworkShapeError) -> PerAxis {
        let first = operands[0], shape = TensorShape(first, channels: 1)
        switch node.operation {
        case .convolution(let layer): return layer.output(of: first)
        case .averagePool(let window, let ceil), .maxPool(let window, let ceil):
            return window.output(of: shape, channels: 1, ceil: ceil).extent
        case .crop(let margin): return first.combined(margin) { $0 - 2 * $1 }
        case .upsampleNearest(let factor), .resizeTrilinear(.some(let factor), _): return first.combined(factor, *)
        case .globalAveragePool: return 1
        case .broadcast, .resizeTrilinear(nil, _), .unpool: return like ?? first
        default:
            guard operands.allSatisfy({ $0 == first }) else {
                throw NetworkShapeError(layer: layer(node), reason: "what is joined differs in size: the input's sides "
                    + "are not multiples of what the network halves")
            }
            return first
        }
    }

    private func layer(_ node: Node) -> String {
        guard node.name.isEmpty else { return "\(name).\(node.name)" }
        guard let operand = node.operands.last else { return name }
        return nodes[operand].name.isEmpty ? layer(nodes[operand]) : "after \(layer(nodes[operand]))"
    }
}

extension NetworkDescription.ConvolutionLayer {
    func weightShape(_ axes: KernelAxes) -> [Int] {
        guard !isLinear else { return [outChannels, inChannels] }
        switch form {
        case .dense: return [outChannels, inChannels] + axes.shape(window.size)
        case .depthwise: return [outChannels, 1] + axes.shape(window.size)
        case .transposed: return [inChannels, outChannels] + axes.shape(window.size)
        }
    }

    func output(of input: PerAxis) -> PerAxis {
        let shape = TensorShape(input, channels: 1)
        guard case .transposed(let padding) = form else { return window.output(of: shape, channels: 1).extent }
        return window.transposedOutput(of: shape, channels: 1, outputPadding: padding).extent
    }

    func multiplyAccumulates(from input: PerAxis, to output: PerAxis) -> Int {
        switch form {
        case .dense: output.product * window.size.product * inChannels * outChannels
        case .depthwise: output.product * window.size.product * outChannels
        case .transposed: input.product * window.size.product * inChannels * outChannels
        }
    }
}
