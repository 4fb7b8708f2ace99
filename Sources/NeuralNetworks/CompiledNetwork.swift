public import Tensors

/// A network with its weights, fused into the steps that are executed; good for any input shape.
///
/// BN and ReLU vanish into the convolutions where that is exact: folded into the weights where they follow a
/// convolution that nothing else reads, otherwise applied as the next convolutions read their input. Activations, sums
/// and the ReLU after a sum are done as a convolution's result is written.
public final class CompiledNetwork: Sendable {
    /// Computes values that are kept in memory.
    struct Step: Sendable {
        enum Work: Sendable {
            /// A second operand is added last.
            case convolution(any Convolution, NetworkDescription.ConvolutionLayer)
            case layer(LayerWork)
        }

        /// Of the layer in the published table.
        let name: String
        let work: Work
        /// The nodes whose values these are.
        let results: [Int]
        /// The nodes whose values are read.
        let operands: [Int]
    }

    public let description: NetworkDescription
    public let engine: ComputeEngine
    let steps: [Step]

    /// - Parameters:
    ///   - weights: every tensor of `description.parameters` by name, in PyTorch's order of axes.
    ///   - layers: shares the layers of networks that have the same weights.
    public init(
        _ description: NetworkDescription, weights: (String) throws -> [Float], engine: ComputeEngine,
        layers: LayerCache = LayerCache()
    ) rethrows {
        self.description = description
        let engine = LoneChannels(description) == nil ? engine : engine.keepingLoneChannel
        self.engine = engine
        steps = try NetworkCompiler(description, engine: engine, cache: layers).compile(weights)
    }

    /// Channels in memory of each input, in the order of the description's `inputNames`.
    public var inputChannels: [Int] {
        description.nodes.compactMap { node in
            if case .input = node.operation { engine.storedChannels(node.channels) } else { nil }
        }
    }
}
