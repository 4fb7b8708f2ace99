/// Turns a description into steps by fusing.
struct NetworkCompiler {
    private let description: NetworkDescription
    private let axes: KernelAxes
    /// The nodes that read each node; an output counts as a reader.
    private var readers: [[Int]]
    /// For each convolution: the nodes after it that are fused into its store, in order.
    private var chains: [Int: [Int]] = [:]
    /// All nodes of `chains`.
    private var fused: Set<Int> = []

    private static let outside = -1

    init(_ description: NetworkDescription, axes: KernelAxes) {
        self.description = description
        self.axes = axes
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
            case .concatenate: steps.append(.init(work: .concatenate, node: index, operands: node.operands))
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
        let (source, input) = try inputActivation(of: index, weights)
        var output = OutputActivation()
        var folded: ChannelAffine?
        var operands = [source]
        var last = index
        for node in chains[index] ?? [] {
            switch description.nodes[node].operation {
            case .batchNorm(let name): folded = try ChannelAffine(name: name, weights: weights)
            case .relu: output.relu = true
            default:
                output.residual = true
                operands.append(otherOperand(of: node, than: last))
            }
            last = node
        }
        let bias = convolution.hasBias ? try weights("\(convolution.name).bias") : nil
        let fused = ConvolutionStep(
            convolution, weights: matrix(convolution, try weights("\(convolution.name).weight"), folded),
            bias: foldedBias(bias, folded), input: input, output: output)
        return .init(work: .convolution(fused), node: last, operands: operands)
    }

    /// BN and ReLU before a convolution, up to the value that is in memory.
    private func inputActivation(
        of convolution: Int, _ weights: (String) throws -> [Float]
    ) rethrows -> (source: Int, InputActivation) {
        var source = description.nodes[convolution].operands[0]
        var activation = InputActivation()
        if description.nodes[source].operation == .relu, !fused.contains(source) {
            activation.relu = true
            source = description.nodes[source].operands[0]
        }
        if case .batchNorm(let name) = description.nodes[source].operation, !fused.contains(source) {
            activation.affine = try ChannelAffine(name: name, weights: weights)
            source = description.nodes[source].operands[0]
        }
        return (source, activation)
    }

    private func foldedBias(_ bias: [Float]?, _ folded: ChannelAffine?) -> [Float]? {
        guard let folded else { return bias }
        guard let bias else { return folded.shift }
        return bias.indices.map { bias[$0] * folded.scale[$0] + folded.shift[$0] }
    }

    /// [out][in][k0][k1][k2] to [kz][ky][kx][in][out], times the folded BN's scale.
    private func matrix(
        _ convolution: NetworkDescription.Convolution, _ weights: [Float], _ folded: ChannelAffine?
    ) -> [Float] {
        let (ins, outs, k) = (convolution.inChannels, convolution.outChannels, convolution.kernel)
        var matrix = [Float](repeating: 0, count: weights.count)
        for out in 0..<outs {
            let scale = folded?.scale[out] ?? 1
            for channel in 0..<ins {
                for (tap, position) in kernelPositions(k).enumerated() {
                    matrix[(position * ins + channel) * outs + out] =
                        weights[(out * ins + channel) * k * k * k + tap] * scale
                }
            }
        }
        return matrix
    }

    /// Where each tap (in the order k0, k1, k2) stands in the order z, y, x.
    private func kernelPositions(_ k: Int) -> [Int] {
        (0..<k * k * k).map { tap in
            switch axes {
            case .zyx: tap
            case .xyz: (tap % k * k + tap / k % k) * k + tap / (k * k)
            }
        }
    }
}
