import ArgumentParser
import Foundation
import Models

struct ModelBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time a network layer by layer on an input of noise.",
        discussion: """
            --shape has the order of the axes that the network was trained with: x, y, z (columns, rows, slices) for \
            LowRes and its baselines, slices, rows, columns for the others.

            --json prints an object with model, shape, isa, threads, repeats, path, total_s (median), stages (name, \
            seconds), layers (name, algorithm, calls, ms, gflops, mb) of the median run, and peak_memory_mb.
            """)

    @OptionGroup var subject: TrialSubject

    @Option(
        help: "Such as 432x304x208.",
        transform: { text in
            let extents = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard extents.count == 3, extents.allSatisfy({ (1...100_000).contains($0) }) else {
                throw ValidationError("--shape takes three extents, such as 432x304x208")
            }
            return extents
        })
    var shape: [Int]

    @Option(help: "LowRes: the share of the volume refined by Stage 2, in boxes of 64^3; default: what it proposes.")
    var detail: Double?

    @Flag(help: "LowRes and its baselines: in patches, with the tilings of the published comparison.")
    var tiled = false

    @OptionGroup var options: TrialOptions

    @Option(help: "Counted runs, after one that is not.")
    var `repeat` = 5

    @Flag(help: "The figures as JSON.")
    var json = false

    func validate() throws {
        guard `repeat` > 0 else { throw ValidationError("--repeat must be positive") }
        guard detail.map({ (0...1).contains($0) }) ?? true else { throw ValidationError("--detail is 0 to 1") }
    }

    func run() throws {
        var settings = options.settings
        settings.detail = detail
        settings.isTiled = tiled
        let trial = try subject.trial(settings)
        _ = try trial.time(shape: shape)
        let runs = try (0..<`repeat`).map { _ in try trial.time(shape: shape) }
        let median = runs.sorted { $0.seconds < $1.seconds }[runs.count / 2]
        let report = TrialReport(
            model: subject.title, shape: shape, isa: trial.engineName, threads: options.threadCount,
            repeats: runs.count, median)
        if json { try JSONOutput.write(report) } else { print(report.text) }
    }
}
