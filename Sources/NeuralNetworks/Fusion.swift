internal import Tensors

/// Which nodes of a description are computed together.
///
/// A step computes a node and the chain of nodes after it that change its values one by one while they are in
/// registers. A BN and a ReLU that only convolutions read are applied as the convolutions read.
struct Fusion {
    private let description: NetworkDescription
    private let engine: ComputeEngine
    /// The nodes that read each node; an output counts as a reader.
    private let readers: [[Int]]
    /// By node: the nodes after it that are fused into its step, in order.
    private var chains: [Int: [Int]] = [:]
    private var chained: Set<Int> = []
    private var appliedOnLoad: Set<Int> = []

    private static let outside = -1

    init(_ description: NetworkDescription, engine: ComputeEngine) {
        self.description = description
        self.engine = engine
        var readers = Array(repeating: [Int](), count: description.nodes.count)
        for (index, node) in description.nodes.enumerated() {
            for operand in node.operands { readers[operand].append(index) }
        }
        for output in description.outputs { readers[output.node].append(Self.outside) }
        self.readers = readers
        for (index, node) in description.nodes.enumerated() where isConvolution(node) {
            setChain(convolutionChain(after: index), after: index)
        }
        for index in description.nodes.indices.reversed() where isAppliedOnLoad(index) { appliedOnLoad.insert(index) }
        for (index, node) in description.nodes.enumerated() where takesReLU(node) && hasStep(index) {
            setChain(next(after: index) { $0 == .activation(.relu) && !appliedOnLoad.contains($1) }, after: index)
        }
    }

    /// Whether the node is the first of a step.
    func hasStep(_ node: Int) -> Bool { !chained.contains(node) && !appliedOnLoad.contains(node) }

    /// The nodes after this one that its step computes as well, in order.
    func chain(after node: Int) -> [Int] { chains[node] ?? [] }

    /// What a convolution does to its input as it reads it: a BN and a ReLU; and the node that it reads in truth.
    func onLoad(of convolution: Int) -> (norm: String?, relu: Bool, source: Int) {
        var source = description.nodes[convolution].operands[0]
        var relu = false, norm: String?
        if appliedOnLoad.contains(source), case .activation = description.nodes[source].operation {
            relu = true
            source = description.nodes[source].operands[0]
        }
        if appliedOnLoad.contains(source), case .batchNorm(let name) = description.nodes[source].operation {
            norm = name
            source = description.nodes[source].operands[0]
        }
        return (norm, relu, source)
    }

    /// The indices of a max pool's maxima, where something reads them.
    func indices(of pool: Int) -> Int? {
        readers[pool].first { $0 != Self.outside && description.nodes[$0].operation == .poolIndices }
    }

    private mutating func setChain(_ chain: [Int], after node: Int) {
        chains[node] = chain
        chained.formUnion(chain)
    }

    /// What can be done as a convolution's result is written, in this order: BN (folded into the weights), activation,
    /// a sum with an earlier value, ReLU.
    private func convolutionChain(after convolution: Int) -> [Int] {
        var chain: [Int] = []
        func take(_ isWanted: (NetworkDescription.Operation, Int) -> Bool) -> Bool {
            let taken = next(after: chain.last ?? convolution, isWanted)
            chain += taken
            return !taken.isEmpty
        }
        _ = take { operation, _ in if case .batchNorm = operation { true } else { false } }
        _ = take { operation, _ in isActivation(operation) }
        let last = chain.last ?? convolution
        if take({ $0 == .add && otherOperand(of: $1, than: last) < convolution }) {
            _ = take { operation, _ in operation == .activation(.relu) }
        }
        return chain
    }

    /// The only reader of a node, if it is wanted.
    private func next(after node: Int, _ isWanted: (NetworkDescription.Operation, Int) -> Bool) -> [Int] {
        guard readers[node].count == 1, let reader = readers[node].first, reader != Self.outside,
            isWanted(description.nodes[reader].operation, reader)
        else { return [] }
        return [reader]
    }

    func otherOperand(of sum: Int, than node: Int) -> Int {
        let operands = description.nodes[sum].operands
        return operands[0] == node ? operands[1] : operands[0]
    }

    /// A BN or ReLU that nothing but convolutions reads, all of which can apply it.
    private func isAppliedOnLoad(_ index: Int) -> Bool {
        guard !chained.contains(index), !readers[index].isEmpty else { return false }
        let isNorm: Bool
        switch description.nodes[index].operation {
        case .batchNorm: isNorm = true
        case .activation(.relu): isNorm = false
        default: return false
        }
        return readers[index].allSatisfy { reader in
            guard reader != Self.outside else { return false }
            if case .convolution(let layer) = description.nodes[reader].operation {
                return engine.appliesInputActivation(layer.form, inChannels: layer.inChannels)
            }
            return isNorm && appliedOnLoad.contains(reader)
                && description.nodes[reader].operation == .activation(.relu)
        }
    }

    private func isConvolution(_ node: NetworkDescription.Node) -> Bool {
        if case .convolution = node.operation { true } else { false }
    }

    private func isActivation(_ operation: NetworkDescription.Operation) -> Bool {
        switch operation {
        case .activation, .prelu: true
        default: false
        }
    }

    private func takesReLU(_ node: NetworkDescription.Node) -> Bool {
        switch node.operation {
        case .add, .batchNorm: true
        default: false
        }
    }
}
