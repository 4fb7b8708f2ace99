/// Which published method a package holds, with its hyper-parameters.
public struct ModelArchitecture: Sendable, Hashable, Decodable {
    package let definition: any ArchitectureDefinition

    /// What each name in model.json is decoded as.
    private static let definitions: [String: any ArchitectureDefinition.Type] = [
        "autopath-r18": AutoPathArchitecture.self,
        "autopath-r50": AutoPathArchitecture.self,
        "clstm": ConvolutionalLSTMArchitecture.self,
        "deepmedic39": BaselineArchitecture.self,
        "enet3d": BaselineArchitecture.self,
        "lowres": LowResArchitecture.self,
        "mobilenetv2-unet3d": BaselineArchitecture.self,
        "resized-unet2d": FixedSizeUNet.self,
        "resized-unet3d": FixedSizeUNet.self,
        "sts-pair": PairArchitecture.self,
        "sts-unet2d": SegmentThenSegmentArchitecture.self,
        "sts-unet3d": SegmentThenSegmentArchitecture.self,
        "unet3d": BaselineArchitecture.self
    ]

    private enum NameKey: String, CodingKey {
        case name
    }

    public init(from decoder: any Decoder) throws {
        let name = try decoder.container(keyedBy: NameKey.self).decode(String.self, forKey: .name)
        guard let definition = Self.definitions[name] else {
            let known = Self.definitions.keys.sorted().joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "unknown architecture \"\(name)\"; known: \(known)"))
        }
        self.definition = try definition.init(from: decoder)
    }

    /// The name as model.json and the command line have it.
    public var name: String { definition.name }

    /// Name and shape of every tensor of the weights.
    package var tensorTable: [String: [Int]] { definition.tensorTable }

    public static func == (a: ModelArchitecture, b: ModelArchitecture) -> Bool {
        AnyHashable(a.definition) == AnyHashable(b.definition)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(AnyHashable(definition))
    }
}
