internal import Tensors

/// Turns a description into steps by fusing.
struct NetworkCompiler {
    private let description: NetworkDescription
    private let axes: KernelAxes
    private let engine: ComputeEngine
    /// The nodes that read each node; an output counts as a reader.
    private var readers: [[Int]]
    /// For each convolution: the nodes after it that are fused into its store, in order.
    private var chains: [Int: [Int]] = [:]
    /// All nodes of `chains`.
    private var fused: Set<Int> = []

    private static let outside = -1

    init(_ description: NetworkDescription, axes: KernelAxes, engine: ComputeEngine) {
        self.description = description
        self.axes = axes
        self.engine = engine
        readers = Array(repeating: [], count: description.nodes.count)
        for (index, node) in description.nodes.enumerated() {
            for operand in node.operands { readers[operand].append(index) }
        }
        for output in description.outputs { readers[output.node].append(Self.outside) }
    }

    mutating func compile(_ weights: (String) throws -> [Float]) rethrows -> [CompiledNetwork.Step] {
        for index in description.nodes.indices {
            if case .convolution = description.nodes[index].operation { chains[index] = chain(after: index) }
        }
        fused = Set(chains.values.joined())
        var steps: [CompiledNetwork.Step] = []
        for (index, node) in description.nodes.enumerated() where !fused.contains(index) {
            switch node.operation {
            case .convolution(let convolution): steps.append(try step(convolution, at: index, weights))
            case .add: steps.append(.init(work: .add, node: index, operands: node.operands))
            case .concatenate:
                let channels = node.operands.map { description.nodes[$0].channels }
                steps.append(
                    .init(work: .concatenate(channels[0], channels[1]), node: index, operands: node.operands))
            case .averagePool(let f):
                steps.append(.init(work: .averagePool(factor: f), node: index, operands: node.operands))
            case .maxPool(let f): steps.append(.init(work: .maxPool(factor: f), node: index, operands: node.operands))
            case .upsample2: steps.append(.init(work: .upsample2, node: index, operands: node.operands))
            case .input: break
            case .batchNorm, .relu: checkReadByConvolutions(index)
            }
        }
        return steps
    }

    /// What can be done as a convolution's result is written: BN (folded), ReLU, a sum, in this order.
    private func chain(after convolution: Int) -> [Int] {
        var chain: [Int] = []
        var last = convolution
        func next() -> Int? {
            guard readers[last].count == 1, let reader = readers[last].first, reader != Self.outside else { return nil }
            return reader
        }
        func take(_ node: Int) {
            chain.append(node)
            last = node
        }
        if let reader = next(), case .batchNorm = description.nodes[reader].operation { take(reader) }
        if let reader = next(), description.nodes[reader].operation == .relu { take(reader) }
        if let reader = next(), description.nodes[reader].operation == .add,
            otherOperand(of: reader, than: last) < convolution
        {
            take(reader)
        }
        return chain
    }

    private func otherOperand(of sum: Int, than node: Int) -> Int {
        let operands = description.nodes[sum].operands
        return operands[0] == node ? operands[1] : operands[0]
    }

    /// A BN or ReLU with a value of its own would need a step; the networks have none.
    private func checkReadByConvolutions(_ index: Int) {
        for reader in readers[index] {
            precondition(reader != Self.outside, "a network whose output is a BN or ReLU that follows no convolution")
            switch description.nodes[reader].operation {
            case .convolution: continue
            case .relu: checkReadByConvolutions(reader)
            default: preconditionFailure("a BN or ReLU that neither follows nor feeds a convolution alone")
            }
        }
    }

    private func step(
        _ convolution: NetworkDescription.Convolution, at index: Int, _ weights: (String) throws -> [Float]
    ) rethrows -> CompiledNetwork.Step {
        var parameters = ConvolutionParameters(
            window: .same(PerAxis(convolution.kernel)), inChannels: convolution.inChannels, outChannels: convolution.outChannels,
            weights: spatial(try weights("\(convolution.name).weight"), convolution.kernel),
            bias: convolution.hasBias ? try weights("\(convolution.name).bias") : nil)
        let source = try addInputActivation(of: index, to: &parameters, weights)
        var operands = [source]
        var last = index
        for node in chains[index] ?? [] {
            switch description.nodes[node].operation {
            case .batchNorm(let name): fold(try ChannelAffine(name: name, weights: weights), into: &parameters)
            case .relu: parameters.activation = .relu
            default: operands.append(otherOperand(of: node, than: last))
            }
            last = node
        }
        let fused = ConvolutionStep(parameters, hasResidual: operands.count == 2, engine: engine)
        return .init(work: .convolution(fused), node: last, operands: operands)
    }

    /// BN and ReLU before a convolution; returns the node whose value is in memory.
    private func addInputActivation(
        of convolution: Int, to parameters: inout ConvolutionParameters, _ weights: (String) throws -> [Float]
    ) rethrows -> Int {
        var source = description.nodes[convolution].operands[0]
        if description.nodes[source].operation == .relu, !fused.contains(source) {
            parameters.inputReLU = true
            source = description.nodes[source].operands[0]
        }
        if case .batchNorm(let name) = description.nodes[source].operation, !fused.contains(source) {
            let affine = try ChannelAffine(name: name, weights: weights)
            parameters.inputAffine = (affine.scale, affine.shift)
            source = description.nodes[source].operands[0]
        }
        return source
    }

    /// A BN that follows the convolution, into its weights and bias.
    private func fold(_ affine: ChannelAffine, into parameters: inout ConvolutionParameters) {
        let perOutput = parameters.weights.count / parameters.outChannels
        for index in parameters.weights.indices { parameters.weights[index] *= affine.scale[index / perOutput] }
        let bias = parameters.bias ?? Array(repeating: 0, count: parameters.outChannels)
        parameters.bias = bias.indices.map { bias[$0] * affine.scale[$0] + affine.shift[$0] }
    }

    /// [out][in][k0][k1][k2] to [out][in][kz][ky][kx].
    private func spatial(_ weights: [Float], _ k: Int) -> [Float] {
        guard axes == .xyz else { return weights }
        var result = weights
        for index in weights.indices {
            let tap = index % (k * k * k)
            result[index - tap + (tap % k * k + tap / k % k) * k + tap / (k * k)] = weights[index]
        }
        return result
    }
}
