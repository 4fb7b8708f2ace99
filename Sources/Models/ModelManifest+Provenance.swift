/// Where the weights come from.
public struct Provenance: Sendable, Hashable, Decodable {
    public let data: [DataSource]
    public let recipe: String
    /// nil where the training was not ours.
    public let seed: Int?
    /// Time and machine, in words; nil where the training was not ours.
    public let cost: String?
    public let codeRevision: String
    /// ISO 8601.
    public let date: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case data, recipe, seed, cost, date
        case codeRevision = "code_revision"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        data = try container.decode([DataSource].self, forKey: .data)
        recipe = try container.decode(String.self, forKey: .recipe)
        seed = try container.decode(Int?.self, forKey: .seed)
        cost = try container.decode(String?.self, forKey: .cost)
        codeRevision = try container.decode(String.self, forKey: .codeRevision)
        date = try container.decode(String.self, forKey: .date)
    }
}

/// A data set that a model was trained on.
public struct DataSource: Sendable, Hashable, Decodable {
    public let name: String
    public let licence: String
    public let credit: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, licence, credit
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        licence = try container.decode(String.self, forKey: .licence)
        credit = try container.decode(String.self, forKey: .credit)
    }
}

/// A figure that was measured with these weights, and the command that measures it again.
public struct MeasuredFigure: Sendable, Hashable, Decodable {
    public let data: String
    public let metric: String
    public let value: Double
    public let command: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case data, metric, value, command
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        data = try container.decode(String.self, forKey: .data)
        metric = try container.decode(String.self, forKey: .metric)
        value = try container.decode(Double.self, forKey: .value)
        command = try container.decode(String.self, forKey: .command)
    }
}
