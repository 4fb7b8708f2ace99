package import NeuralNetworks

/// The networks that LowRes was compared with, with the tilings of that comparison: `unet3d`, `deepmedic39`,
/// `mobilenetv2-unet3d`, `enet3d`.
package struct BaselineArchitecture: ArchitectureDefinition {
    private enum Network: String {
        case uNet3D = "unet3d"
        case deepMedic39 = "deepmedic39"
        case mobileNetV2UNet3D = "mobilenetv2-unet3d"
        case eNet3D = "enet3d"
    }

    private let network: Network
    /// By which all layers scale; 32, 10, 32 and 16 as published.
    package let width: Int
    package let inChannels: Int
    package let outChannels: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, width
        case inChannels = "in_channels"
        case outChannels = "out_channels"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        guard let network = Network(rawValue: try container.decode(String.self, forKey: .name)) else {
            throw DecodingError.dataCorruptedError(forKey: .name, in: container, debugDescription: "no baseline")
        }
        self.network = network
        width = try container.decode(Int.self, forKey: .width)
        inChannels = try container.decode(Int.self, forKey: .inChannels)
        outChannels = try container.decode(Int.self, forKey: .outChannels)
    }

    package var name: String { network.rawValue }
    package var axes: KernelAxes { .xyz }

    package var fault: String? {
        guard (1...256).contains(width) else { return "width must be 1 to 256" }
        switch network {
        case .uNet3D, .deepMedic39: return nil
        case .mobileNetV2UNet3D, .eNet3D: return width % 4 == 0 ? nil : "width must be a multiple of 4"
        }
    }

    /// The tiling of the published times.
    package var tiling: Tiling {
        switch network {
        case .uNet3D: Tiling(patch: 64, stride: 56)
        case .deepMedic39: Tiling(patch: 90, stride: 81, margin: 24)
        case .mobileNetV2UNet3D, .eNet3D: Tiling(patch: 96, stride: 88)
        }
    }

    private var description: NetworkDescription {
        switch network {
        case .uNet3D: UNet3D.description(width: width, inChannels: inChannels, outChannels: outChannels)
        case .deepMedic39: DeepMedic39.description(width: width, inChannels: inChannels, outChannels: outChannels)
        case .mobileNetV2UNet3D:
            MobileNetV2UNet3D.description(width: width, inChannels: inChannels, outChannels: outChannels)
        case .eNet3D: ENet3D.description(width: width, inChannels: inChannels, outChannels: outChannels)
        }
    }

    package var tensorTable: [String: [Int]] { description.parameters }

    package func makeInference(
        _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws -> any ImageInference {
        TiledInference(
            name: name, try CompiledNetwork(description, weights: weights, engine: resources.engine), tiling, resources)
    }
}
