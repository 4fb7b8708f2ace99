internal import Geometry
internal import NeuralNetworks
internal import Tensors

/// Stage 1 of LowRes, over a whole image at once or streamed.
///
/// The maps at half resolution are most of its memory. Streamed, they are computed in bands of planes of which each
/// makes place for the next; F2, which Stage 2 reads, is computed again around every box.
struct LowResStage1: Sendable {
    /// What Stage 1 leaves to Stage 2, in its workspace.
    struct Maps {
        /// The image.
        let x: Tensor
        /// By name, as far as they were kept.
        let outputs: [String: Tensor]

        var y8: Tensor {
            guard let map = outputs["Y8"] else { preconditionFailure("Stage 1 without its logits") }
            return map
        }
    }

    /// Cells around a box beyond which nothing changes F2's bits: three convolutions, each computed in tiles of 4^3.
    static let halo = 3

    private let network: CompiledNetwork
    /// x to F2.
    private let halfResolution: CompiledNetwork
    private let workspace = Workspace()

    init(
        _ networks: LowResNetworks, weights: (String) throws -> [Float], engine: ComputeEngine
    ) rethrows {
        let layers = LayerCache()
        network = try CompiledNetwork(networks.stage1, weights: weights, engine: engine, layers: layers)
        halfResolution = try CompiledNetwork(
            networks.stage1HalfResolution, weights: weights, engine: engine, layers: layers)
    }

    func wholePlan(_ image: TensorShape) -> NetworkPlan {
        NetworkPlan(network, inputShapes: [image])
    }

    func streamedPlan(_ image: TensorShape) -> NetworkPlan {
        NetworkPlan(network, inputShapes: [image], dropping: "F2")
    }

    /// Computes F2 on a crop of the image.
    func f2Plan(_ crop: TensorShape) -> NetworkPlan {
        NetworkPlan(halfResolution, inputShapes: [crop])
    }

    /// A streamed run, which is one of a large image, leaves no memory taken but that of its maps.
    func run(_ plan: NetworkPlan, on image: Tensor, _ pool: ComputePool, _ recorder: LayerRecorder?) -> Maps {
        let outputs = plan.run([image], in: workspace, on: pool, observer: recorder?.observer)
        if plan.isStreamed { workspace.discard(plan.spareParts) }
        return Maps(x: image, outputs: Dictionary(uniqueKeysWithValues: zip(plan.outputNames, outputs)))
    }
}
