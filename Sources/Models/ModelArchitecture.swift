/// Which published network a package holds, with its hyper-parameters.
public enum ModelArchitecture: Sendable, Hashable, Decodable {
    /// The two-stage network of LowRes (neuro-ml/low-resolution).
    case lowRes(features: Int, inChannels: Int, outChannels: Int)

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, features
        case inChannels = "in_channels"
        case outChannels = "out_channels"
    }

    private enum NameKey: String, CodingKey {
        case name
    }

    public init(from decoder: any Decoder) throws {
        let name = try decoder.container(keyedBy: NameKey.self).decode(String.self, forKey: .name)
        guard name == "lowres" else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath, debugDescription: "unknown architecture \"\(name)\"; known: lowres")
            )
        }
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self = .lowRes(
            features: try container.decode(Int.self, forKey: .features),
            inChannels: try container.decode(Int.self, forKey: .inChannels),
            outChannels: try container.decode(Int.self, forKey: .outChannels))
    }

    /// The name as model.json and the command line have it.
    public var name: String {
        switch self {
        case .lowRes: "lowres"
        }
    }
}
