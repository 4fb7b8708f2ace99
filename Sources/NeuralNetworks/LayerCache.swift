internal import Synchronization
internal import Tensors

/// Convolutions with their weights laid out, shared by networks that have layers in common: a layer is laid out once.
///
/// For one set of weights.
public final class LayerCache: Sendable {
    /// A layer and what is fused into it.
    struct Key: Hashable {
        let layer: NetworkDescription.ConvolutionLayer
        let engine: ComputeEngine
        let inputNorm: String?
        let inputReLU: Bool
        let outputNorm: String?
        let activation: Activation
        let residualReLU: Bool
    }

    private let layers = Mutex<[Key: any Convolution]>([:])

    public init() {}

    func convolution(_ key: Key, make: () throws -> any Convolution) rethrows -> any Convolution {
        if let known = layers.withLock({ $0[key] }) { return known }
        let made = try make()
        return layers.withLock { layers in
            if let known = layers[key] { return known }
            layers[key] = made
            return made
        }
    }
}
