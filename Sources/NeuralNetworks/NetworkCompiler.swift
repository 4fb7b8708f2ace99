internal import Tensors

/// Turns a description into steps.
struct NetworkCompiler {
    typealias Weights = (String) throws -> [Float]

    private let description: NetworkDescription
    private let engine: ComputeEngine
    private let cache: LayerCache
    private let fusion: Fusion
    /// Nil where no value is stored with a lone channel.
    private let lone: LoneChannels?

    init(_ description: NetworkDescription, engine: ComputeEngine, cache: LayerCache) {
        self.description = description
        self.engine = engine
        self.cache = cache
        fusion = Fusion(description, engine: engine)
        lone = engine.keepsLoneChannel ? LoneChannels(description) : nil
    }

    func compile(_ weights: Weights) rethrows -> [CompiledNetwork.Step] {
        try description.nodes.indices.filter(fusion.hasStep).compactMap { try step($0, weights) }
    }

    private func step(_ index: Int, _ weights: Weights) rethrows -> CompiledNetwork.Step? {
        let node = description.nodes[index]
        if case .convolution(let layer) = node.operation { return try step(layer, at: index, weights) }
        guard let work = try work(node, at: index, weights) else { return nil }
        var results = [fusion.chain(after: index).last ?? index]
        if work.hasIndices, let indices = fusion.indices(of: index) { results.append(indices) }
        return .init(name: node.name, work: .layer(apart(work, node)), results: results, operands: node.operands)
    }

    /// The work on values as they are stored.
    private func apart(_ work: LayerWork, _ node: NetworkDescription.Node) -> LayerWork {
        guard lone != nil, node.channels == LoneChannel.width else { return work }
        guard case .concatenate(let channels) = work else { return .apart(work) }
        return .joinLoneChannel(block: channels[0] == 1 ? 1 : 0)
    }

    /// Nil where nothing is to be done.
    private func work(_ node: NetworkDescription.Node, at index: Int, _ weights: Weights) rethrows -> LayerWork? {
        let relu = !fusion.chain(after: index).isEmpty
        let channels = node.operands.map { description.nodes[$0].channels }
        switch node.operation {
        case .input, .convolution, .poolIndices: return nil
        case .batchNorm(let name):
            let norm = try BatchNorm(name: name, weights: weights)
            return .affine(
                ChannelAffine(
                    scale: norm.scale, shift: norm.shift, relu: relu, channels: engine.storedChannels(node.channels)))
        case .activation(let activation): return .activate(activation)
        case .prelu: return .activate(try activation(index, weights))
        case .sigmoid: return .sigmoid(channels: node.channels)
        case .add: return .add(relu: relu)
        case .concatenate, .padChannels: return .concatenate(channels)
        case .crop(let margin): return .crop(origin: margin)
        case .averagePool(let window, _): return .averagePool(window)
        case .maxPool(let window, _):
            return fusion.indices(of: index) == nil ? .maxPool(window) : .maxPoolWithIndices(window)
        case .unpool(let window): return .unpool(window)
        case .upsampleNearest: return .upsampleNearest
        case .resizeTrilinear(_, let alignCorners): return .resizeTrilinear(alignCorners: alignCorners)
        case .globalAveragePool: return .globalAverage
        case .broadcast: return .broadcast
        }
    }

    private func activation(_ index: Int, _ weights: Weights) rethrows -> Activation {
        switch description.nodes[index].operation {
        case .activation(let activation): activation
        case .prelu(let name): .leaky(try weights("\(name).weight")[0])
        default: .none
        }
    }

    private func step(
        _ layer: NetworkDescription.ConvolutionLayer, at index: Int, _ weights: Weights
    ) rethrows -> CompiledNetwork.Step {
        let input = fusion.onLoad(of: index)
        var operands = [input.source]
        var outputNorm: String?, activation = Activation.none, residualReLU = false
        var last = index
        for node in fusion.chain(after: index) {
            switch description.nodes[node].operation {
            case .batchNorm(let name): outputNorm = name
            case .add: operands.append(fusion.otherOperand(of: node, than: last))
            case _ where operands.count == 2: residualReLU = true
            default: activation = try self.activation(node, weights)
            }
            last = node
        }
        let key = LayerCache.Key(
            layer: layer, engine: engine, inputNorm: input.norm, inputReLU: input.relu, outputNorm: outputNorm,
            activation: activation, residualReLU: residualReLU)
        let convolution = try cache.convolution(key) {
            let parameters = try parameters(key, weights)
            return engine.convolution(lone?.arranged(parameters, from: operands[0], to: last) ?? parameters)
        }
        return .init(
            name: description.nodes[index].name, work: .convolution(convolution, layer), results: [last],
            operands: operands)
    }

    private func parameters(_ key: LayerCache.Key, _ weights: Weights) rethrows -> ConvolutionParameters {
        let layer = key.layer
        var parameters = ConvolutionParameters(
            layer.form, window: layer.window, inChannels: layer.inChannels, outChannels: layer.outChannels,
            weights: description.axes.spatial(try weights("\(layer.name).weight"), layer.window.size),
            bias: layer.hasBias ? try weights("\(layer.name).bias") : nil)
        if let name = key.inputNorm {
            let norm = try BatchNorm(name: name, weights: weights)
            parameters.inputAffine = (norm.scale, norm.shift)
        }
        parameters.inputReLU = key.inputReLU
        if let name = key.outputNorm { try BatchNorm(name: name, weights: weights).fold(into: &parameters) }
        parameters.activation = key.activation
        parameters.residualReLU = key.residualReLU
        return parameters
    }
}
