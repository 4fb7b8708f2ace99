import Archive
public import DICOMImaging
public import Foundation
import Geometry
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
            result.outputs = try timer.time("write results") { try write(reading, input, makeFile) }
        } catch {
            result.fail("\(error)", isTransient: (error as? ResultError)?.code == .cannotWrite)
        }
        result.timings = timer.steps
        return result
    }

    /// A failure before the processor was reached, such as a model that cannot be loaded, told to the destinations.
    public static func reportOfFailure(
        _ reason: String, _ input: SeriesInput, equipment: Equipment, makeFile: (String) throws -> URL
    ) -> SeriesResult {
        var reading = Interpretation(.failed(reason: reason))
        reading.source = SourceSeries.read(input.files)
        var result = reading.result
        let algorithm = AlgorithmDescription(name: "Fovea", version: SoftwareVersion.current)
        let writer = ResultWriter(equipment: equipment, algorithm: algorithm, modelDigest: "")
        result.outputs = (try? writer.write(reading, input, makeFile)) ?? []
        return result
    }

    private func write(
        _ reading: Interpretation, _ input: SeriesInput, _ makeFile: (String) throws -> URL
    ) throws -> [SeriesResult.Output] {
        try writer.write(reading, input, makeFile)
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
        let segmentation = try segmenter.segment(series.volume, regionOfInterest: region, progress: progress)
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

    /// The same grid may be stored along other axes: tools that write NIfTI flip and permute.
    private static func mask(_ region: LabelMap, on series: AssembledSeries) throws -> Mask {
        let onLPS = AxisOrientation(nearestLPSOf: region.geometry).reoriented(region)
        let orientation = AxisOrientation(nearestLPSOf: series.volume.geometry)
        guard onLPS.geometry.coincides(with: orientation.target, toleranceMM: gridToleranceMM) else {
            throw WorkflowError(.regionOfInterest, "the region of interest is not on the grid of the series")
        }
        return orientation.restored(Mask(size: onLPS.size, elements: onLPS.labels.map { $0 == 0 ? 0 : 1 }))
    }

    /// NIfTI holds its geometry in single precision.
    private static let gridToleranceMM = 0.05
}
