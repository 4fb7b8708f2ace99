/// Something in the configuration file that is refused, or worth a warning.
public struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
    /// The line in the file, from 1; nil where no line can be named (a file that cannot be read).
    public let line: Int?
    /// The key it is about, such as `peers[0].host`; empty for the file as a whole.
    public let key: String
    /// What is wrong and what to write instead.
    public let message: String

    public var description: String {
        [line.map { "line \($0)" }, key.isEmpty ? nil : key, message].compactMap(\.self).joined(separator: ": ")
    }
}

/// A configuration that is refused, with every problem found in it.
public struct ConfigurationError: Error, CustomStringConvertible {
    public let file: String
    public let problems: [ConfigurationProblem]

    public var description: String { problems.map { "\(file): \($0)" }.joined(separator: "\n") }
}
