package import NeuralNetworks

/// `sts-unet2d`, `sts-unet3d`: Segment-then-Segment with two U-Nets of one form, slice by slice as published or in 3-D.
package struct SegmentThenSegmentArchitecture: ArchitectureDefinition {
    package let unet: FixedSizeUNet
    /// Voxels of the image added around a box on every side; an eighth of the input size as published.
    package let context: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, width, context
        case inputSize = "input_size"
        case inChannels = "in_channels"
        case outChannels = "out_channels"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        unet = FixedSizeUNet(
            dimensions: try container.decode(String.self, forKey: .name) == "sts-unet2d" ? 2 : 3,
            width: try container.decode(Int.self, forKey: .width),
            inputSize: try container.decode(Int.self, forKey: .inputSize),
            inChannels: try container.decode(Int.self, forKey: .inChannels),
            outChannels: try container.decode(Int.self, forKey: .outChannels))
        context = try container.decode(Int.self, forKey: .context)
    }

    package var name: String { unet.dimensions == 2 ? "sts-unet2d" : "sts-unet3d" }
    package var axes: KernelAxes { unet.axes }
    package var inChannels: Int { unet.inChannels }
    package var outChannels: Int { unet.outChannels }

    package var fault: String? {
        unet.fault ?? ((0...1024).contains(context) ? nil : "context must be 0 to 1024")
    }

    private var networks: SegmentThenSegmentNetworks {
        SegmentThenSegmentNetworks(
            dimensions: unet.dimensions, width: unet.width, inChannels: inChannels, outChannels: outChannels)
    }

    package var tensorTable: [String: [Int]] { [networks.rough, networks.fine].parameters }

    package func makeInference(
        _ weights: (String) throws -> [Float], _ resources: InferenceResources
    ) throws -> any ImageInference {
        let parts = try [networks.rough, networks.fine].map { try unet.makeNetwork($0, weights, resources) }
        guard unet.dimensions == 3 else {
            return SliceSegmentThenSegment(rough: parts[0], fine: parts[1], context: context)
        }
        return SegmentThenSegment(
            name: name, rough: ResizedInference(parts[0]), fine: ResizedInference(parts[1]), context: context,
            resources)
    }
}
