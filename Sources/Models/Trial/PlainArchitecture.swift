internal import NeuralNetworks

/// A published network alone, at its published width.
struct PlainArchitecture: ArchitectureDefinition {
    private let network: NetworkArchitecture

    init(_ network: NetworkArchitecture) { self.network = network }

    /// No package holds one.
    init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(
            .init(codingPath: decoder.codingPath, debugDescription: "no architecture of packages"))
    }

    var name: String { network.rawValue }
    var axes: KernelAxes { network.axes }
    var inChannels: Int { 1 }
    var outChannels: Int { 1 }
    var fault: String? { nil }
    /// Segment-then-Segment has two of one form.
    private var description: NetworkDescription { network.networks()[0] }
    var tensorTable: [String: [Int]] { description.parameters }

    func makeInference(
        _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws -> any ImageInference {
        try PlainInference(description, weights, resources)
    }
}
