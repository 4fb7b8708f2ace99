package import NeuralNetworks
package import Tensors

/// A published method as model.json names it: its hyper-parameters, the tensors they ask for, and what runs it.
package protocol ArchitectureDefinition: Sendable, Hashable, Decodable {
    /// As model.json and the command line have it.
    var name: String { get }
    var inChannels: Int { get }
    var outChannels: Int { get }

    /// The axes of the arrays that it was trained on.
    var axes: KernelAxes { get }

    /// What is wrong with the hyper-parameters, as a phrase; nil if nothing is.
    var fault: String? { get }

    /// Name and shape of every tensor of the weights.
    var tensorTable: [String: [Int]] { get }

    /// The method, ready to run.
    /// - Parameter weights: every tensor of `tensorTable` by name.
    func makeInference(
        _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws -> any ImageInference
}

extension [NetworkDescription] {
    /// The tensors of all networks.
    var parameters: [String: [Int]] {
        reduce(into: [:]) { table, network in table.merge(network.parameters) { first, _ in first } }
    }
}

/// What an inference computes with.
package struct InferenceResources: Sendable {
    package let pool: ComputePool
    package let engine: ComputeEngine
    package let memoryLimit: MemoryLimit
    /// Is told of every layer, in a benchmark.
    package let recorder: LayerRecorder?

    package init(
        pool: ComputePool, engine: ComputeEngine, memoryLimit: MemoryLimit = MemoryLimit(bytes: nil),
        recorder: LayerRecorder? = nil
    ) {
        self.recorder = recorder
        self.pool = pool
        self.engine = engine
        self.memoryLimit = memoryLimit
    }
}
