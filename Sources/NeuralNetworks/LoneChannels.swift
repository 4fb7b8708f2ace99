internal import Tensors

/// How a network stores its values of 17 channels as 16 + 1 (`LoneChannel`): which of the channels is the lone one.
///
/// It is the one that a concatenation adds to 16; values that are added to each other agree.
struct LoneChannels: Sendable {
    /// Nodes whose lone channel is the first of the 17; that of the others is the last.
    private let first: Set<Int>

    /// Nil where a network has no values of 17 channels, or does with them what there are no kernels for.
    init?(_ description: NetworkDescription) {
        let nodes = description.nodes
        let lone = nodes.indices.filter { nodes[$0].channels == LoneChannel.width }
        guard !lone.isEmpty, !description.outputs.contains(where: { lone.contains($0.node) }) else { return nil }
        // Nodes of one group have the same order of channels.
        var group = Array(nodes.indices)
        var isFirst: [Int: Bool] = [:]
        for (index, node) in nodes.enumerated() {
            let operands = node.operands.filter { nodes[$0].channels == LoneChannel.width }
            guard node.channels == LoneChannel.width || !operands.isEmpty else { continue }
            switch node.operation {
            case .convolution(let layer):
                let isSupported = layer.form == .dense
                    && LoneChannel.isSupported(layer.window, from: layer.inChannels, to: layer.outChannels)
                guard isSupported else { return nil }
            case .concatenate:
                let widths = node.operands.map { nodes[$0].channels }
                guard widths == [16, 1] || widths == [1, 16] else { return nil }
                isFirst[index] = widths == [1, 16]
            case .add, .activation, .resizeTrilinear:
                for operand in operands {
                    let (old, new) = (group[operand], group[index])
                    for other in group.indices where group[other] == old { group[other] = new }
                }
            default: return nil
            }
        }
        let orders = Dictionary(grouping: isFirst, by: { group[$0.key] }).mapValues { Set($0.map(\.value)) }
        guard orders.values.allSatisfy({ $0.count == 1 }) else { return nil }
        first = Set(lone.filter { orders[group[$0]] == [true] })
    }

    /// The weights of a convolution in the order in which its input and output are stored.
    func arranged(_ parameters: ConvolutionParameters, from input: Int, to output: Int) -> ConvolutionParameters {
        guard first.contains(input) || first.contains(output) else { return parameters }
        var result = parameters
        let inputs = order(input, parameters.inChannels), outputs = order(output, parameters.outChannels)
        let taps = parameters.window.size.product
        for (out, sourceOut) in outputs.enumerated() {
            for (channel, source) in inputs.enumerated() {
                let target = (out * inputs.count + channel) * taps, from = (sourceOut * inputs.count + source) * taps
                for tap in 0..<taps { result.weights[target + tap] = parameters.weights[from + tap] }
            }
        }
        result.bias = parameters.bias.map { bias in outputs.map { bias[$0] } }
        return result
    }

    /// The channels of a value as they are stored.
    private func order(_ node: Int, _ channels: Int) -> [Int] {
        first.contains(node) ? Array(1..<channels) + [0] : Array(0..<channels)
    }
}
