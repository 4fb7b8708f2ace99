import Archive
import ArgumentParser
import DICOMCore
import Foundation
import Workflow

struct QueueShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a job: its findings, history, results and deliveries.")

    @OptionGroup var archive: ArchiveOptions

    @Argument(help: "The job's ID, as `fovea queue list` shows it.")
    var id: Int64

    @Flag(help: "One object as JSON.")
    var json = false

    /// The shape of `--json`.
    private struct View: Encodable {
        let job: JobView
        let history: [EventRecord]
        let results: [ResultRecord]
        let deliveries: [DeliveryRecord]
    }

    func run() throws {
        let detail = try archive.open().jobDetail(JobID(rawValue: id))
        let job = JobView(detail.job)
        if json {
            return try JSONOutput.write(
                View(job: job, history: detail.history, results: detail.results, deliveries: detail.deliveries))
        }
        print(Self.head(job))
        if let findings = job.findings, !findings.isEmpty { print("\n\(FindingTable(findings).text)") }
        print("\nHISTORY\n\(Self.history(detail.history).text)")
        if !detail.results.isEmpty { print("\nRESULTS\n\(Self.results(detail.results).text)") }
        if !detail.deliveries.isEmpty { print("\nDELIVERIES\n\(DeliveriesListCommand.table(detail.deliveries).text)") }
    }

    private static func head(_ job: JobView) -> String {
        let lines: [(String, String?)] = [
            ("job", "\(job.id)"), ("state", job.state.rawValue), ("outcome", job.outcome?.rawValue),
            ("reason", job.reason),
            ("last error", job.lastError), ("pipeline", job.pipeline), ("model", job.model),
            ("series", job.seriesInstanceUID.rawValue), ("study", job.studyInstanceUID.rawValue),
            ("sender", job.sender.rawValue), ("processed instead", job.chosenSeriesInstanceUID?.rawValue),
            ("superseded by", job.supersededByJob.map { "job \($0)" }), ("created", Texts.date(job.createdAt)),
            ("finished", Texts.date(job.finishedAt)), ("timings", job.timings.map(timings)),
        ]
        return lines.compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : "\(name):".padding(toLength: 20, withPad: " ", startingAt: 0) + $0 }
        }.joined(separator: "\n")
    }

    private static func timings(_ timings: [String: Double]) -> String {
        timings.sorted { $0.key < $1.key }.map { "\($0.key) \(Texts.decimal($0.value, 2)) s" }.joined(separator: ", ")
    }

    private static func history(_ events: [EventRecord]) -> TextTable {
        var table = TextTable(("AT", .left), ("EVENT", .left), ("DETAIL", .left))
        for event in events { table.add(Texts.date(event.at), event.kind, event.detail ?? "") }
        return table
    }

    private static func results(_ results: [ResultRecord]) -> TextTable {
        var table = TextTable(("ROLE", .left), ("FILE", .left))
        for result in results {
            table.add(result.role.rawValue, result.isStored ? result.file.path : "removed by retention")
        }
        return table
    }
}
