/// A regular expression of the configuration, searched for without regard to case.
public struct TextPattern {
    private let regex: Regex<AnyRegexOutput>

    /// - Returns: nil if `pattern` is not a regular expression.
    public init?(_ pattern: String) {
        guard let regex = try? Regex(pattern) else { return nil }
        self.regex = regex.ignoresCase()
    }

    public func isFound(in text: String) -> Bool { (try? regex.firstMatch(in: text)) != nil }
}
