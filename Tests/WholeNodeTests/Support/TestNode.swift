import Foundation

/// A node as a user runs it: the built binary with a configuration file, on loopback, in a folder of its own.
final class TestNode {
    /// What a test may want otherwise than the usual: quick quiet periods, one destination, one pipeline.
    struct Settings {
        var aeTitle = "FOVEA"
        var quietSeconds = 1.0
        var deadlineSeconds = 60.0
        var acceptUnknownPeers = true
        /// name, port and further lines of TOML.
        var destinations: [(name: String, port: Int, extra: String)] = []
        var pipelineExtra = ""
        var hasPipeline = true
        /// More TOML at the end of the file, whole tables.
        var tables = ""
    }

    let folder: ScratchFolder
    let port: Int
    let settings: Settings
    private(set) var process: RunningProcess!

    init(_ settings: Settings = Settings(), in folder: ScratchFolder? = nil, start: Bool = true) throws {
        self.folder = try folder ?? ScratchFolder()
        self.settings = settings
        port = try Loopback.freePort()
        try writeConfiguration()
        if start { try self.start() }
    }

    var dataDirectory: URL { folder.url.appending(path: "data") }
    var configurationFile: URL { folder.url.appending(path: "fovea.toml") }

    func writeConfiguration(_ change: (inout Settings) -> Void = { _ in }) throws {
        var settings = settings
        change(&settings)
        try Self.toml(settings, port: port, dataDirectory: dataDirectory.path)
            .write(to: configurationFile, atomically: true, encoding: .utf8)
    }

    /// Starts the daemon and waits until it listens.
    ///
    /// - Parameter launcher: a command that runs the command that follows it
    func start(through launcher: [String] = [], environment: [String: String] = [:]) throws {
        let command = launcher + [Repository.fovea, "serve", "--config", configurationFile.path]
        process = try RunningProcess(command[0], Array(command.dropFirst()), in: folder, environment: environment)
        try eventually("fovea serve answers") {
            guard process.isRunning else {
                throw RunningProcess.Timeout(description: "fovea serve ended:\n\(process.standardError)")
            }
            return Loopback.isListening(port)
        }
    }

    /// SIGTERM; returns the exit status.
    @discardableResult
    func stop(within seconds: Double = 60) throws -> Int32 {
        process.signal(SIGTERM)
        return try process.waitUntilExit(within: seconds)
    }

    /// SIGKILL, as a power cut for the process.
    func kill() throws {
        process.signal(SIGKILL)
        try process.waitUntilExit(within: 10)
    }

    var log: String { process.standardError }

    // MARK: What a sender does

    /// Stock dcmsend of a folder.
    @discardableResult
    func send(_ series: URL, callingAETitle: String = "SCANNER") throws -> ProcessResult {
        let titles = ["-aet", callingAETitle, "-aec", settings.aeTitle]
        return try run("dcmsend", ["-v"] + titles + ["+sd", "+r", "127.0.0.1", "\(port)", series.path], in: folder)
    }

    // MARK: What an admin does

    /// A command of the binary on this node's database.
    @discardableResult
    func command(_ arguments: [String]) throws -> ProcessResult {
        try run(Repository.fovea, arguments + ["--config", configurationFile.path], in: folder)
    }

    func series() throws -> [Series] { try decode(command(["studies", "--series", "--json"])) }
    func jobs() throws -> [Job] { try decode(command(["queue", "list", "--json"])) }
    func deliveries() throws -> [Delivery] { try decode(command(["deliveries", "list", "--json"])) }
    func detail(_ job: Job) throws -> JobDetail { try decode(command(["queue", "show", "\(job.id)", "--json"])) }

    /// The newest job of a series, once it needs no more work.
    func finishedJob(of series: String? = nil, revision: Int = 1, within seconds: Double = 60) throws -> Job {
        var found: Job?
        try eventually("a finished job", within: seconds) {
            found = try jobs().first { job in
                job.isFinished && job.seriesRevision == revision && (series == nil || job.seriesInstanceUID == series)
            }
            return found != nil
        }
        return found!
    }

    private func decode<Value: Decodable>(_ result: ProcessResult) throws -> Value {
        guard result.status == 0 else { throw RunningProcess.Timeout(description: result.error) }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: result.outputData)
    }

    private static func toml(_ settings: Settings, port: Int, dataDirectory: String) -> String {
        var text = """
            [node]
            ae_title = "\(settings.aeTitle)"
            address = "127.0.0.1"
            port = \(port)
            data_directory = "\(dataDirectory)"
            models_directory = "\(Repository.models.path)"
            accept_unknown_peers = \(settings.acceptUnknownPeers)

            [completeness]
            quiet_seconds = \(settings.quietSeconds)
            deadline_seconds = \(settings.deadlineSeconds)

            """
        for destination in settings.destinations {
            text += """

                [[destinations]]
                name = "\(destination.name)"
                ae_title = "PACS"
                host = "127.0.0.1"
                port = \(destination.port)
                \(destination.extra)

                """
        }
        if settings.hasPipeline {
            let names = settings.destinations.map { "\"\($0.name)\"" }.joined(separator: ", ")
            text += """

                [[pipelines]]
                name = "lung nodules"
                model = "lung-nodules"
                modality = ["CT"]
                send_to = [\(names)]
                \(settings.pipelineExtra)

                """
        }
        return text + "\n" + settings.tables + "\n"
    }
}

/// A job as `fovea queue list --json` shows it, as far as the tests look.
struct Job: Decodable {
    let id: Int
    let state: String
    let outcome: String?
    let reason: String?
    let seriesInstanceUID: String
    let seriesRevision: Int
    let priority: Int
    let chosenSeriesInstanceUID: String?
    let supersededByJob: Int?
    let findings: [JobFinding]?
    let timingsS: [String: Double]?

    var isFinished: Bool { ["done", "refused", "failed", "cancelled"].contains(state) }

    private enum CodingKeys: String, CodingKey {
        case id, state, outcome, reason, seriesRevision, priority, supersededByJob, findings, timingsS
        case seriesInstanceUID = "seriesInstanceUid"
        case chosenSeriesInstanceUID = "chosenSeriesInstanceUid"
    }
}

struct JobFinding: Decodable {
    let segment: Int
    let label: String
    let volumeMl: Double
    let longAxisMm: Double
    let centroidMm: [Double]
    let unit: String
    let score: Double
}

struct JobDetail: Decodable {
    struct Event: Decodable {
        let kind: String
        let detail: String?
    }
    let job: Job
    let history: [Event]
    let deliveries: [Delivery]
}

/// A series as `fovea studies --series --json` shows it, as far as the tests look.
struct Series: Decodable {
    let seriesInstanceUid: String
    let sender: String
    let state: String
    let revision: Int
    let instanceCount: Int
    let reason: String?
}

struct Delivery: Decodable {
    let id: Int
    let state: String
    let destination: String
    let role: String
    let attempts: Int
    let lastStatus: Int?
    let lastError: String?
}
