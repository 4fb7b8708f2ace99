import Foundation
import TOMLKit
public import Workflow

/// The node's configuration: one TOML file. Every property holds its default until the file says otherwise, and
/// `etc/fovea.toml` documents every key.
public struct Configuration: Sendable, Hashable {
    public var node = NodeSection()
    public var peers: [Peer] = []
    public var destinations: [Destination] = []
    public var pipelines: [PipelineRule] = []
    public var delivery = Delivery()
    public var limits = Limits()
    public var completeness = Completeness()
    public var retention = Retention()
    public var compute = Compute()
    public var log = Log()
    /// nil: without `[metrics]` there are none.
    public var metrics: Metrics?
    /// What deserves a look but is not refused.
    public private(set) var warnings: [ConfigurationProblem] = []
    /// Every key that the file may hold, as `section.key`.
    package private(set) var knownKeys: Set<String> = []

    public init() {}

    /// - Throws: `ConfigurationError` with every problem: syntax, unknown keys, wrong types, impossible values.
    public init(contentsOf file: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            let problem = ConfigurationProblem(
                line: nil, key: "", message: "cannot be read; does it exist, may this user read it?")
            throw ConfigurationError(file: file, problems: [problem])
        }
        try self.init(text: String(decoding: data, as: UTF8.self), file: file)
    }

    /// - Parameter file: the name that problems are reported under.
    public init(text: String, file: String) throws {
        let root: TOMLTable
        do {
            root = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            let problem = ConfigurationProblem(line: error.source.begin.line, key: "", message: error.description)
            throw ConfigurationError(file: file, problems: [problem])
        }
        let report = ConfigurationReport(lines: TOMLKeyLines(text))
        withExtendedLifetime(root) { read(ConfigurationTable(root, path: "", report: report)) }
        warnings = report.warnings
        knownKeys = report.knownKeys
        guard report.problems.isEmpty else { throw ConfigurationError(file: file, problems: report.problems) }
    }

    private mutating func read(_ root: ConfigurationTable) {
        node = NodeSection(root.table("node"))
        peers = root.tables("peers").map(Peer.init)
        destinations = root.tables("destinations").map(Destination.init)
        pipelines = root.tables("pipelines").map(PipelineRule.init)
        delivery = Delivery(root.table("delivery"))
        limits = Limits(root.table("limits"))
        completeness = Completeness(root.table("completeness"))
        retention = Retention(root.table("retention"))
        compute = Compute(root.table("compute"))
        log = Log(root.table("log"))
        let metricsTable = root.table("metrics")
        metrics = metricsTable.isPresent ? Metrics(metricsTable) : nil
        root.refuseUnknownKeys()
        checkTogether(root.report)
    }
}
