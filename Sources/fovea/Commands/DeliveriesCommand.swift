import Archive
public import ArgumentParser
import DICOMCore

struct DeliveriesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "Look at the results on their way to the destinations.",
        subcommands: [DeliveriesListCommand.self, DeliveriesRetryCommand.self])
}

struct DeliveriesListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List deliveries, newest first.",
        discussion: "State dead: given up until somebody retries it.")

    @OptionGroup var archive: ArchiveOptions

    @Option(help: "Only in this state; may be repeated (due, sending, sent, dead).")
    var state: [DeliveryRecord.State] = []

    @Option(help: "Only to this destination.")
    var destination: String?

    @Option(help: "Only results of this job.")
    var job: Int64?

    @Option(help: "At most so many.")
    var limit = 100

    @Flag(help: "An array as JSON.")
    var json = false

    func run() throws {
        let filter = DeliveryFilter(
            states: state, destination: destination, job: job.map(JobID.init(rawValue:)), limit: limit)
        let deliveries = try archive.open().deliveries(filter)
        if json { return try JSONOutput.write(deliveries) }
        print(Self.table(deliveries).text)
    }

    static func table(_ deliveries: [DeliveryRecord]) -> TextTable {
        var table = TextTable(
            ("ID", .right), ("JOB", .right), ("DESTINATION", .left), ("ROLE", .left), ("STATE", .left),
            ("ATTEMPTS", .right),
            ("NEXT", .left), ("SENT", .left), ("STATUS", .left), ("ERROR", .left))
        for delivery in deliveries {
            let next = delivery.state == .due ? Texts.date(delivery.nextAttemptAt) : ""
            table.add(
                "\(delivery.id)", "\(delivery.jobID)", delivery.destination, delivery.role.rawValue,
                delivery.state.rawValue,
                "\(delivery.attempts)", next, Texts.date(delivery.sentAt), delivery.lastStatus?.description ?? "",
                delivery.lastError ?? "")
        }
        return table
    }
}

struct DeliveriesRetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "retry", abstract: "Send dead letters again.")

    @OptionGroup var archive: ArchiveOptions

    @Argument(help: "IDs of deliveries; all dead ones if none are given.")
    var ids: [Int64] = []

    @Option(help: "Only to this destination.")
    var destination: String?

    func run() throws {
        let chosen = ids.isEmpty ? nil : ids.map(DeliveryID.init(rawValue:))
        let count = try archive.open().retryDeliveries(ids: chosen, destination: destination)
        print("\(count) deliveries are due again")
    }
}

extension DeliveryRecord.State: ExpressibleByArgument {}
