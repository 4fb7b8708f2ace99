/// A coded entry (PS3.3 §8): value, scheme and meaning.
///
/// Two entries are equal if value and scheme are; the meaning is for people (PS3.3 §8.3).
public struct CodedEntry: Hashable, Sendable, Codable {
    public let value: String
    public let scheme: String
    public let meaning: String

    public init(_ value: String, _ scheme: String, _ meaning: String) {
        self.value = value
        self.scheme = scheme
        self.meaning = meaning
    }

    private enum CodingKeys: String, CodingKey {
        case value = "code"
        case scheme, meaning
    }

    public static func == (left: CodedEntry, right: CodedEntry) -> Bool {
        left.value == right.value && left.scheme == right.scheme
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(value)
        hasher.combine(scheme)
    }
}
