/// What the reading of one file found: every problem, not only the first, and every key that exists.
final class ConfigurationReport {
    private let lines: TOMLKeyLines
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var warnings: [ConfigurationProblem] = []
    /// Each key that was asked for, as `table.key`, whether the file has it or not.
    private(set) var knownKeys: Set<String> = []

    init(lines: TOMLKeyLines) { self.lines = lines }

    func refuse(_ key: String, _ message: String) {
        problems.append(ConfigurationProblem(line: lines[key], key: key, message: message))
    }

    func warn(_ key: String, _ message: String) {
        warnings.append(ConfigurationProblem(line: lines[key], key: key, message: message))
    }

    func know(_ key: String) { knownKeys.insert(key) }
}
