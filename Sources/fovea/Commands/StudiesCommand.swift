import Archive
import ArgumentParser
import DICOMCore

struct StudiesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "studies", abstract: "List received studies, or the series of one.",
        discussion: "Shows no patient data but what the UIDs, descriptions and dates tell.")

    @OptionGroup var archive: ArchiveOptions

    @Argument(help: "A Study Instance UID: list its series, and why each counts as complete.")
    var study: String?

    @Flag(help: "List series instead of studies.")
    var series = false

    @Option(help: "Only from this calling AE title.")
    var sender: String?

    @Option(help: "Only since then: 30m, 12h, 7d, or a date such as 2026-03-31.")
    var since: PastTime?

    @Option(help: "At most so many.")
    var limit = 100

    @Flag(help: "An array as JSON.")
    var json = false

    func run() throws {
        let archive = try archive.open()
        let title = try sender.map(aeTitle)
        if series && study == nil {
            return try show(archive.series(SeriesFilter(callingAETitle: title, since: since?.date, limit: limit)))
        }
        let studies = try archive.studies(
            StudyFilter(since: since?.date, callingAETitle: title, limit: study == nil ? limit : .max))
        guard let study else { return try show(studies) }
        guard let found = studies.first(where: { $0.studyInstanceUID.rawValue == study }) else {
            throw CommandFailure("no study \(study) here")
        }
        try show(archive.series(SeriesFilter(study: found.id, limit: limit)))
    }

    private func show(_ studies: [StudyRecord]) throws {
        if json { return try JSONOutput.write(studies.map(StudyView.init)) }
        var table = TextTable(
            ("STUDY", .left), ("DATE", .left), ("SERIES", .right), ("INSTANCES", .right), ("MB", .right),
            ("RECEIVED", .left), ("DESCRIPTION", .left))
        for study in studies {
            table.add(
                study.studyInstanceUID.rawValue, study.studyDate ?? "", "\(study.seriesCount)",
                "\(study.instanceCount)",
                Texts.megabytes(study.byteCount), Texts.date(study.lastReceivedAt), study.studyDescription ?? "")
        }
        print(table.text)
    }

    private func show(_ series: [SeriesRecord]) throws {
        if json { return try JSONOutput.write(series.map(SeriesView.init)) }
        var table = TextTable(
            ("SERIES", .left), ("NUMBER", .right), ("MODALITY", .left), ("STATE", .left), ("REVISION", .right),
            ("INSTANCES", .right), ("SENDER", .left), ("DESCRIPTION", .left), ("REASON", .left))
        for one in series {
            table.add(
                one.seriesInstanceUID.rawValue, one.seriesNumber.map(String.init) ?? "", one.modality ?? "",
                one.state.rawValue, "\(one.revision)", "\(one.instanceCount)", one.callingAETitle.rawValue,
                one.seriesDescription ?? "", one.reason ?? "")
        }
        print(table.text)
    }
}
