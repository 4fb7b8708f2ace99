package import NeuralNetworks

/// `autopath-r18` and `autopath-r50`: a 3-D DeepLab V3 whose residual blocks a policy network may drop.
package struct AutoPathArchitecture: ArchitectureDefinition {
    package let backbone: AutoPathNetworks.Backbone
    /// Channels of the stem; 64 as published.
    package let width: Int
    /// Whether the package holds the policy network.
    package let hasPolicy: Bool
    /// Slices of a window; 48 as published.
    package let window: Int
    package let inChannels: Int
    package let outChannels: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, width, policy, window
        case inChannels = "in_channels"
        case outChannels = "out_channels"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        let name = try container.decode(String.self, forKey: .name)
        guard let backbone = AutoPathNetworks.Backbone.allCases.first(where: { Self.name(of: $0) == name }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .name, in: container, debugDescription: "unknown backbone \"\(name)\"")
        }
        self.backbone = backbone
        width = try container.decode(Int.self, forKey: .width)
        hasPolicy = try container.decode(Bool.self, forKey: .policy)
        window = try container.decode(Int.self, forKey: .window)
        inChannels = try container.decode(Int.self, forKey: .inChannels)
        outChannels = try container.decode(Int.self, forKey: .outChannels)
    }

    static func name(of backbone: AutoPathNetworks.Backbone) -> String {
        switch backbone {
        case .resNet18: "autopath-r18"
        case .resNet50: "autopath-r50"
        }
    }

    package var name: String { Self.name(of: backbone) }
    package var axes: KernelAxes { .zyx }

    package var fault: String? {
        if !(2...256).contains(width) || width % 2 != 0 { return "width must be an even number, 2 to 256" }
        return (8...512).contains(window) ? nil : "window must be 8 to 512 slices"
    }

    private var networks: AutoPathNetworks {
        AutoPathNetworks(backbone: backbone, width: width, inChannels: inChannels, outChannels: outChannels)
    }

    package var tensorTable: [String: [Int]] { networks.parameters(policy: hasPolicy) }

    package func makeInference(
        _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws -> any ImageInference {
        try AutoPathInference(
            networks, hasPolicy: hasPolicy, windowDepth: window, weights: weights, resources: resources)
    }
}
