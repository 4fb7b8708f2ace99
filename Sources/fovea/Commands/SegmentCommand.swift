import Archive
import ArgumentParser
import DICOMCore
import DICOMImaging
import Foundation
import Imaging
import Models
import Workflow

struct SegmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "segment", abstract: "Segment series on disk: files in, SEG and SR out, without a network.",
        discussion: """
            Each series found among PATHS gets a folder of its own in the output folder, named by its Series Instance \
            UID, with segmentation.dcm (if something was found) and report.dcm.

            --json prints an array with one object per series: outcome (findings, nothing_found, not_applicable, \
            refused, failed), reason, series_instance_uid, findings (segment, label, volume_ml, long_axis_mm, \
            centroid_mm [x, y, z] in LPS, mean_intensity, unit, score), outputs (role, path), timings_s, block_usage \
            (AutoPath: strategy, windows, estimated_saving, measured_saving; otherwise null), peak_memory_mb.
            """)

    @Option(help: "The name of a model package, or the path of one.")
    var model: String

    @OptionGroup var models: ModelOptions

    @Option(help: "The folder for the results; made if it is not there.")
    var output: String

    @Option(help: "Threads; 0: one per core.")
    var threads = 0

    @Option(help: "The most memory in MB that a run may need; 0: no limit.")
    var memoryMB = 0

    @Option(
        help: "A mask (NIfTI) on the series' grid that replaces the computed region of interest, such as the lungs.")
    var roi: String?

    @Option(
        help: ArgumentHelp(
            "AutoPath: the blocks that are computed; first:2 drops the first two, 1,1,0,1 the third.",
            discussion: "By default what the model's policy network says, all where it has none."))
    var path: PathStrategy?

    @Option(help: "AutoPath: seconds until the network is to be done; blocks are dropped to meet it.")
    var budget: Double?

    @Flag(help: "The results as JSON.")
    var json = false

    @Argument(help: "Files and folders.", completion: .file())
    var paths: [String]

    func validate() throws {
        guard threads >= 0, memoryMB >= 0 else {
            throw ValidationError("--threads and --memory-mb must not be negative")
        }
        guard budget == nil || path == nil, budget ?? 1 > 0 else {
            throw ValidationError("--budget is a number above 0, and takes the place of --path")
        }
    }

    func run() throws {
        var isDamaged = false
        let series = SeriesFiles.group(try FileSearch.files(in: paths)) { file, reason in
            isDamaged = true
            Terminal.complain("\(file.path): \(reason)")
        }
        guard !series.isEmpty else { throw CommandFailure("no DICOM images in \(paths.joined(separator: ", "))") }
        let processor = try processor()
        let region = try roi.map { try NIfTI.readLabelMap(URL(filePath: $0)) }
        let results = try series.map { try SegmentedSeries(process($0, processor, region)) }
        if json { try JSONOutput.write(results) } else { results.forEach { print($0.text) } }
        if isDamaged || results.contains(where: { $0.outcome == .failed }) { throw ExitCode.failure }
    }

    private func processor() throws -> SeriesProcessor {
        let count = threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads
        let resources = ComputeResources(threads: count, memoryLimitBytes: memoryMB == 0 ? nil : memoryMB << 20)
        let library = ModelLibrary(directory: models.directory, resources: resources)
        let equipment = NodeEquipment.equipment(serialNumber: "fovea segment", version: SoftwareVersion.current)
        return SeriesProcessor(segmenter: try library.segmenter(model), equipment: equipment, threads: count)
    }

    private func process(_ series: SeriesFiles, _ processor: SeriesProcessor, _ region: LabelMap?) throws
        -> SeriesResult
    {
        let folder = URL(filePath: output, directoryHint: .isDirectory).appending(
            path: series.seriesInstanceUID.rawValue)
        var input = SeriesInput(files: series.files, instances: try series.instances(), created: Date())
        input.regionOfInterest = region
        input.effort = Effort(path: path, budgetSeconds: budget)
        if let roi { input.parameters = "region of interest \(try SeriesFiles.digest(of: URL(filePath: roi)))" }
        let bar = ProgressBar("series \(series.seriesInstanceUID)", isShown: !json)
        defer { bar.end() }
        var result = processor.process(
            input,
            makeFile: { name in
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                return folder.appending(path: name)
            }, progress: bar.show)
        result.seriesInstanceUID = series.seriesInstanceUID
        return result
    }
}
