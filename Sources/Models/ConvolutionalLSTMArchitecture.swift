package import NeuralNetworks

/// `clstm`: a convolutional LSTM over the axial slices, on top of a 2-D U-Net.
package struct ConvolutionalLSTMArchitecture: ArchitectureDefinition {
    /// Channels of the U-Net at full resolution; 64 as published.
    package let width: Int
    /// Channels of the hidden state.
    package let hidden: Int
    package let inChannels: Int
    package let outChannels: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, width, hidden
        case inChannels = "in_channels"
        case outChannels = "out_channels"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        width = try container.decode(Int.self, forKey: .width)
        hidden = try container.decode(Int.self, forKey: .hidden)
        inChannels = try container.decode(Int.self, forKey: .inChannels)
        outChannels = try container.decode(Int.self, forKey: .outChannels)
    }

    package var name: String { "clstm" }
    package var axes: KernelAxes { .yx }

    package var fault: String? {
        guard (1...256).contains(width) else { return "width must be 1 to 256" }
        return (1...64).contains(hidden) ? nil : "hidden must be 1 to 64"
    }

    private var networks: ConvolutionalLSTMNetworks {
        ConvolutionalLSTMNetworks(width: width, hidden: hidden, inChannels: inChannels, outChannels: outChannels)
    }

    package var tensorTable: [String: [Int]] {
        [networks.unet, networks.recurrence, networks.readout].parameters
    }

    package func makeInference(
        _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws -> any ImageInference {
        ConvolutionalLSTMInference(
            try ConvolutionalLSTM(networks, weights: weights, engine: resources.engine), resources)
    }
}
