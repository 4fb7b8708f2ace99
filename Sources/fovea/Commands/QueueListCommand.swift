import Archive
public import ArgumentParser
import DICOMCore

struct QueueListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List jobs, newest first.")

    @OptionGroup var archive: ArchiveOptions

    @Option(
        help: "Only jobs in this state; may be repeated (\(JobState.allCases.map(\.rawValue).joined(separator: ", ")))."
    )
    var state: [JobState] = []

    @Option(help: "Only jobs of this pipeline.")
    var pipeline: String?

    @Option(help: "Only series from this calling AE title.")
    var sender: String?

    @Option(help: "Only jobs since then: 30m, 12h, 7d, or a date such as 2026-03-31.")
    var since: PastTime?

    @Option(help: "At most so many.")
    var limit = 100

    @Flag(help: "An array of jobs as JSON.")
    var json = false

    func run() throws {
        let filter = JobFilter(
            states: state, pipeline: pipeline, callingAETitle: try sender.map(aeTitle), since: since?.date, limit: limit
        )
        let archive = try archive.open()
        let jobs = try archive.jobs(filter)
        if json { return try JSONOutput.write(jobs.map(JobView.init)) }
        let pauses = try archive.pauses()
        if pauses.wholeQueue { print("the queue is paused") }
        for pipeline in pauses.pipelines { print("pipeline \(pipeline) is paused") }
        print(Self.table(jobs).text)
    }

    private static func table(_ jobs: [JobRecord]) -> TextTable {
        var table = TextTable(
            ("ID", .right), ("STATE", .left), ("OUTCOME", .left), ("PIPELINE", .left), ("PRIORITY", .right),
            ("ATTEMPTS", .right), ("CREATED", .left), ("SERIES", .left), ("REASON", .left))
        for job in jobs {
            table.add(
                "\(job.id)", job.state.rawValue, job.outcome?.rawValue ?? "", job.pipeline, "\(job.priority)",
                "\(job.attempts)", Texts.date(job.createdAt), job.seriesInstanceUID.rawValue,
                job.reason ?? job.lastError ?? "")
        }
        return table
    }
}

/// - Throws: `ValidationError`.
func aeTitle(_ text: String) throws -> AETitle {
    guard let title = AETitle(text) else { throw ValidationError("'\(text)' is not an AE title") }
    return title
}

extension JobState: ExpressibleByArgument {}
