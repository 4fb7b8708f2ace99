import Archive
public import DICOMImaging
public import Foundation
import Imaging
public import Models

/// Files in, answer out: the one way through assembly, network, measurements and results that the daemon and
/// `fovea segment` share.
public struct SeriesProcessor: Sendable {
    let segmenter: any Segmenter
    let equipment: Equipment
    let threads: Int

    public init(segmenter: any Segmenter, equipment: Equipment, threads: Int) {
        self.segmenter = segmenter
        self.equipment = equipment
        self.threads = threads
    }

    /// Processes a series; whatever happens is an outcome.
    /// - Parameters:
    ///   - makeFile: gives the place for an object, by a file name that tells what it is; called before each is
    ///     written.
    ///   - progress: the share of the network's work that is done, on the calling thread.
    public func process(
        _ input: SeriesInput, makeFile: (String) throws -> URL, progress: (Double) -> Void = { _ in }
    ) -> SeriesResult {
        var timer = StepTimer()
        let reading = interpret(input, &timer, progress)
        var result = reading.result
        do {
            result.outputs = try timer.time("write results") { try writer.write(reading, input, makeFile) }
        } catch {
            result = failureToWrite(error, reading, input, makeFile)
        }
        result.timings = timer.steps
        return result
    }

    /// A failure before the processor was reached, such as a model that cannot be loaded, told to the destinations.
    public static func reportOfFailure(
        _ reason: String, _ input: SeriesInput, equipment: Equipment, makeFile: (String) throws -> URL
    ) -> SeriesResult {
        let algorithm = AlgorithmDescription(name: "Fovea", version: SoftwareVersion.current)
        let writer = ResultWriter(equipment: equipment, algorithm: algorithm, modelDigest: "")
        return report(of: reason, in: SourceSeries.read(input.files), writer, input, makeFile)
    }

    /// A disk that takes no file now may take it later; anything else that keeps a result from being written is told
    /// to the destinations.
    private func failureToWrite(
        _ error: any Error, _ reading: Interpretation, _ input: SeriesInput, _ makeFile: (String) throws -> URL
    ) -> SeriesResult {
        guard (error as? ResultError)?.code == .cannotWrite else {
            return Self.report(of: "\(error)", in: reading.source, writer, input, makeFile)
        }
        var result = reading.result
        result.fail("\(error)", isTransient: true)
        return result
    }

    private static func report(
        of failure: String, in source: SourceSeries?, _ writer: ResultWriter, _ input: SeriesInput,
        _ makeFile: (String) throws -> URL
    ) -> SeriesResult {
        var reading = Interpretation(.failed(reason: failure))
        reading.source = source
        var result = reading.result
        // The queue knows of the failure even where not so much as a report of it can be written.
        result.outputs = (try? writer.write(reading, input, makeFile)) ?? []
        return result
    }

    private var writer: ResultWriter {
        let manifest = segmenter.manifest
        return ResultWriter(
            equipment: equipment, algorithm: AlgorithmDescription(name: manifest.name, version: manifest.version),
            modelDigest: segmenter.digest)
    }

    private func interpret(_ input: SeriesInput, _ timer: inout StepTimer, _ progress: (Double) -> Void)
        -> Interpretation
    {
        do {
            let assembler = SeriesAssembler(options: Self.assemblyOptions, threads: threads)
            let series = try timer.time("assemble") { try assembler.assemble(files: input.files) }
            return try interpret(series, input, &timer, progress)
        } catch let refusal as AssemblyRefusal {
            return Interpretation(refusal)
        } catch {
            var failure = Interpretation(failure: error)
            failure.source = SourceSeries.read(input.files)
            return failure
        }
    }

    private func interpret(
        _ series: AssembledSeries, _ input: SeriesInput, _ timer: inout StepTimer, _ progress: (Double) -> Void
    ) throws -> Interpretation {
        let region = try input.regionOfInterest.map { try Self.mask($0, on: series) }
        let segmentation = try segmenter.segment(
            series.volume, regionOfInterest: region, effort: input.effort, progress: progress)
        for timing in segmentation.timings { timer.add(timing.step, timing.seconds) }
        var reading = Interpretation(segmentation)
        reading.series = series
        reading.source = series.source
        reading.messages = series.messages
        if !segmentation.findings.isEmpty {
            try timer.time("measure") { try measure(segmentation, series, input, into: &reading) }
        }
        return reading
    }

    /// A result without a frame of reference could not be placed by any viewer, so such a series is refused (VOL-E05).
    private static let assemblyOptions: AssemblyOptions = {
        var options = AssemblyOptions()
        options.refusesMissingFrameOfReference = true
        return options
    }()

    private static func mask(_ region: LabelMap, on series: AssembledSeries) throws -> Mask {
        guard let labels = region.along(series.volume.geometry) else {
            throw WorkflowError(.regionOfInterest, "the region of interest is not on the grid of the series")
        }
        return Mask(size: labels.size, elements: labels.labels.map { $0 == 0 ? 0 : 1 })
    }
}
