internal import Foundation
internal import Geometry
internal import Imaging
internal import NeuralNetworks
internal import Synchronization
internal import Tensors

/// LowRes as a `Segmenter`: preprocessing by the manifest, two-stage inference, findings.
final class LowResSegmenter: Segmenter {
    let manifest: ModelManifest
    let digest: String
    private let inference: LowResInference
    private let preprocessor: Preprocessor
    private let threads: Int
    private let engine: ComputeEngine
    /// Held during a run.
    private let running = Mutex(())

    init(_ package: ModelPackage, _ networks: LowResNetworks, compute: ComputeResources) throws {
        manifest = package.manifest
        digest = package.digest
        threads = compute.threads
        engine = try Self.selectedEngine()
        preprocessor = Preprocessor(steps: manifest.preprocessing, threads: compute.threads)
        inference = try LowResInference(
            networks, weights: package.weights.floats, pool: ComputePool(threads: compute.threads),
            memoryLimitBytes: compute.memoryLimitBytes, engine: engine)
    }

    private static func selectedEngine() throws -> ComputeEngine {
        guard let engine = ComputeEngine.selected else {
            let names = ComputeEngine.available.map(\.name).joined(separator: ", ")
            throw ModelPackageError(.unsupported, "FOVEA_ISA names no engine of this machine; it has \(names).")
        }
        return engine
    }

    func forecast(for size: GridSize) -> Forecast {
        inference.forecast(for: size)
    }

    func segment(
        _ volume: Volume, regionOfInterest: Mask?, progress: (Double) -> Void
    ) throws(SegmentationError) -> Segmentation {
        try check(volume, regionOfInterest)
        return try running.withLock { (_) throws(SegmentationError) in
            try run(on: volume, given: regionOfInterest, progress)
        }
    }

    private func check(_ volume: Volume, _ region: Mask?) throws(SegmentationError) {
        guard let region else { return }
        guard region.size == volume.size else {
            throw SegmentationError(.regionOfInterest, "The region of interest is on another grid than the image.")
        }
        guard region.boundingBox != nil else {
            throw SegmentationError(.regionOfInterest, "The region of interest is empty.")
        }
    }

    private func run(
        on volume: Volume, given: Mask?, _ progress: (Double) -> Void
    ) throws(SegmentationError) -> Segmentation {
        var clock = StepClock()
        let orientation = AxisOrientation(nearestLPSOf: volume.geometry)
        var oriented = clock.measure("orientation") { orientation.reoriented(volume, threads: threads) }
        let messages = try replaceNonFinite(in: &oriented)
        let (region, lungs) = clock.measure("region of interest") { () -> (Mask?, LungMask?) in
            guard let given else {
                let lungs = preprocessor.lungs(of: oriented)
                return (lungs.map { preprocessor.regionOfInterest(from: $0, in: oriented) }, lungs)
            }
            return (preprocessor.regionOfInterest(given: orientation.reoriented(given, threads: threads)), nil)
        }
        progress(0.1)
        let report = RunReport(
            orientation: orientation, region: region, lungs: lungs, messages: messages, threads: threads)
        let reason = manifest.applicability.reasonAgainst(
            oriented.geometry, region: region, regionName: preprocessor.regionKind.rawValue, slices: volume.size.depth)
        if let reason { return report.notApplicable(reason, clock) }
        let (image, box) = clock.measure("preprocessing") {
            preprocessor.prepare(oriented, regionOfInterest: region)
        }
        let result = try inference.run(on: image, &clock, progress: progress)
        let findings = clock.measure("findings") {
            FindingExtraction(manifest, spacing: volume.geometry.spacing).extract(from: result.logits)
        }
        let segmentation = report.finished(findings, box: box, path: path(result), clock)
        progress(1)
        return segmentation
    }

    private func path(_ result: LowResInference.Result) -> String {
        let size = result.cells
        let shape = [size.width, size.height, size.depth].map { String($0 * LowResInference.cell) }.joined(
            separator: "x")
        let cells = result.boxes.map(\.size.count).reduce(0, +)
        return "lowres: stage 1 on \(shape), stage 2 in \(result.boxes.count) boxes of \(cells) cells, \(engine)"
    }

    private func replaceNonFinite(in volume: inout Volume) throws(SegmentationError) -> [String] {
        guard let count = NonFiniteVoxels.replace(in: &volume) else {
            throw SegmentationError(.unsuitableVolume, "No voxel of the image has a finite value.")
        }
        return count == 0 ? [] : ["\(count) voxels are not finite; they were taken as the lowest intensity."]
    }
}
