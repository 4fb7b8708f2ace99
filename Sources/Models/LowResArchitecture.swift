package import NeuralNetworks

/// `lowres`: the two-stage network of LowRes (neuro-ml/low-resolution).
package struct LowResArchitecture: ArchitectureDefinition {
    /// Channels at 1/2 resolution; 16 as published.
    package let features: Int
    package let inChannels: Int
    package let outChannels: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, features
        case inChannels = "in_channels"
        case outChannels = "out_channels"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        features = try container.decode(Int.self, forKey: .features)
        inChannels = try container.decode(Int.self, forKey: .inChannels)
        outChannels = try container.decode(Int.self, forKey: .outChannels)
    }

    package var name: String { "lowres" }
    package var axes: KernelAxes { .xyz }

    package var fault: String? { (1...256).contains(features) ? nil : "features must be 1 to 256" }

    private var networks: LowResNetworks {
        LowResNetworks(features: features, inChannels: inChannels, outChannels: outChannels)
    }

    package var tensorTable: [String: [Int]] { [networks.stage1, networks.stage2].parameters }

    package func makeInference(
        _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws -> any ImageInference {
        try LowResInference(networks, weights: weights, resources)
    }
}
