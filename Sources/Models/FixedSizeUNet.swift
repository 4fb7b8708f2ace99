package import NeuralNetworks

/// `resized-unet2d`, `resized-unet3d`: one U-Net of Segment-then-Segment alone, on images resized to one size (in 2-D
/// slice by slice). For pairs, and to compare with.
package struct FixedSizeUNet: ArchitectureDefinition {
    /// 2 or 3.
    package let dimensions: Int
    /// Channels at full resolution; 32 as published.
    package let width: Int
    /// The side of the square or cube that images are resized to.
    package let inputSize: Int
    package let inChannels: Int
    package let outChannels: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, width
        case inputSize = "input_size"
        case inChannels = "in_channels"
        case outChannels = "out_channels"
    }

    init(dimensions: Int, width: Int, inputSize: Int, inChannels: Int, outChannels: Int) {
        self.dimensions = dimensions
        self.width = width
        self.inputSize = inputSize
        self.inChannels = inChannels
        self.outChannels = outChannels
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(
            dimensions: try container.decode(String.self, forKey: .name) == "resized-unet2d" ? 2 : 3,
            width: try container.decode(Int.self, forKey: .width),
            inputSize: try container.decode(Int.self, forKey: .inputSize),
            inChannels: try container.decode(Int.self, forKey: .inChannels),
            outChannels: try container.decode(Int.self, forKey: .outChannels))
    }

    package var name: String { dimensions == 2 ? "resized-unet2d" : "resized-unet3d" }

    package var axes: KernelAxes { network.axes }

    package var fault: String? {
        guard (1...256).contains(width) else { return "width must be 1 to 256" }
        let largest = dimensions == 2 ? 2048 : 512
        let isLegal = inputSize % 16 == 0 && (16...largest).contains(inputSize)
        return isLegal ? nil : "input_size must be a multiple of 16 from 16 to \(largest)"
    }

    private var network: NetworkDescription {
        SegmentThenSegmentNetworks.uNet(
            "unet", dimensions == 2 ? .yx : .zyx, width: width, inChannels: inChannels, outChannels: outChannels)
    }

    package var tensorTable: [String: [Int]] { [network].parameters }

    package func makeInference(
        _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws -> any ImageInference {
        ResizedInference(try makeNetwork(network, weights, resources))
    }

    /// A network of this form, ready to run.
    func makeNetwork(
        _ description: NetworkDescription, _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws -> FixedSizeNetwork {
        FixedSizeNetwork(
            try CompiledNetwork(description, weights: weights, engine: resources.engine), side: inputSize, resources)
    }
}
