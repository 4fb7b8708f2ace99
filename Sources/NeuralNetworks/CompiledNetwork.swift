public import Tensors

/// A network with its weights, fused into the steps that are executed; good for any input shape.
///
/// BN and ReLU vanish into the convolutions: exactly folded into the weights where they follow a convolution that
/// nothing else reads, otherwise applied as the next convolution reads its input. A ReLU or a sum after a convolution
/// is done as the convolution's result is written.
public final class CompiledNetwork: Sendable {
    /// Computes one value that is kept in memory.
    struct Step: Sendable {
        enum Work: Sendable {
            case convolution(ConvolutionStep)
            case add
            /// Of so many channels of each operand.
            case concatenate(Int, Int)
            case averagePool(factor: Int)
            case maxPool(factor: Int)
            case upsample2
        }

        let work: Work
        /// The node whose value this is.
        let node: Int
        /// The nodes whose values are read; a convolution's residual last.
        let operands: [Int]
    }

    public let description: NetworkDescription
    public let engine: ComputeEngine
    let steps: [Step]

    /// - Parameter weights: every tensor of `description.parameters` by name, in PyTorch's order of axes.
    public init(
        _ description: NetworkDescription, weights: (String) throws -> [Float], axes: KernelAxes, engine: ComputeEngine
    ) rethrows {
        self.description = description
        self.engine = engine
        var compiler = NetworkCompiler(description, axes: axes, engine: engine)
        steps = try compiler.compile(weights)
    }
}

/// Which axes of the array in memory a weight's kernel axes k0, k1, k2 run along.
public enum KernelAxes: Sendable {
    /// k0, k1, k2 = z, y, x.
    case zyx
    /// k0, k1, k2 = x, y, z: the network was trained on arrays indexed x, y, z.
    case xyz
}
