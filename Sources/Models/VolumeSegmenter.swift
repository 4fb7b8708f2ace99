internal import Geometry
internal import Imaging
internal import NeuralNetworks
internal import Synchronization
internal import Tensors

/// A method as a `Segmenter`: preprocessing by the manifest, the method's inference, findings; all of it the same for
/// every method but the inference.
final class VolumeSegmenter: Segmenter {
    let manifest: ModelManifest
    let digest: String
    private let inference: any ImageInference
    private let preprocessor: Preprocessor
    private let threads: Int
    private let engine: ComputeEngine
    /// Held during a run.
    private let running = Mutex(())

    init(_ package: ModelPackage, compute: ComputeResources) throws {
        manifest = package.manifest
        digest = package.digest
        threads = compute.threads
        engine = try ComputeEngine.named(nil)
        preprocessor = Preprocessor(steps: manifest.preprocessing, threads: compute.threads)
        inference = try manifest.architecture.definition.makeInference(
            package.weights.floats,
            InferenceResources(
                pool: ComputePool(threads: compute.threads), engine: engine,
                memoryLimit: MemoryLimit(bytes: compute.memoryLimitBytes)))
    }

    func forecast(for geometry: GridGeometry) -> Forecast {
        let oriented = AxisOrientation(nearestLPSOf: geometry).target
        let size = preprocessor.imageSize(of: oriented.size, oriented.spacing)
        return inference.forecast(for: size, spacing: oriented.spacing.resized(from: oriented.size, to: size))
    }

    func segment(
        _ volume: Volume, regionOfInterest: Mask?, progress: (Double) -> Void
    ) throws(SegmentationError) -> Segmentation {
        try segment(volume, regionOfInterest: regionOfInterest, effort: Effort(), progress: progress)
    }

    func segment(
        _ volume: Volume, regionOfInterest: Mask?, effort: Effort, progress: (Double) -> Void
    ) throws(SegmentationError) -> Segmentation {
        try check(volume, regionOfInterest)
        return try running.withLock { (_) throws(SegmentationError) in
            try run(on: volume, given: regionOfInterest, effort, progress)
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
        on volume: Volume, given: Mask?, _ effort: Effort, _ progress: (Double) -> Void
    ) throws(SegmentationError) -> Segmentation {
        var clock = StepClock()
        let orientation = AxisOrientation(nearestLPSOf: volume.geometry)
        var oriented = clock.measure("orientation") { orientation.reoriented(volume, threads: threads) }
        var messages = try replaceNonFinite(in: &oriented)
        let (region, lungs) = clock.measure("region of interest") { () -> (Mask?, LungMask?) in
            guard let given else {
                let lungs = preprocessor.lungs(of: oriented)
                return (lungs.map { preprocessor.regionOfInterest(from: $0, in: oriented) }, lungs)
            }
            return (preprocessor.regionOfInterest(given: orientation.reoriented(given, threads: threads)), nil)
        }
        if let lungs, let region, let unsearched = UnsearchedLung(lungs: lungs.mask, region: region) {
            messages.append(unsearched.remark)
        }
        progress(0.1)
        var report = RunReport(
            orientation: orientation, region: region, lungs: lungs, messages: messages, threads: threads)
        let reason = manifest.applicability.reasonAgainst(
            oriented.geometry, region: region, regionName: preprocessor.regionKind.rawValue, slices: volume.size.depth)
        if let reason { return report.notApplicable(reason, clock) }
        let (image, box) = clock.measure("preprocessing") {
            preprocessor.prepare(oriented, regionOfInterest: region)
        }
        let prediction = try inference.predict(image, effort, &clock, progress: progress)
        report.messages += prediction.messages
        let findings = clock.measure("findings") {
            FindingExtraction(manifest, spacing: oriented.geometry.spacing).extract(
                from: prediction.scores.onGrid(of: box.size, threads: threads))
        }
        var segmentation = report.finished(findings, box: box, path: "\(prediction.path), \(engine)", clock)
        segmentation.blockUsage = prediction.blockUsage
        progress(1)
        return segmentation
    }

    private func replaceNonFinite(in volume: inout Volume) throws(SegmentationError) -> [String] {
        guard let count = NonFiniteVoxels.replace(in: &volume) else {
            throw SegmentationError(.unsuitableVolume, "No voxel of the image has a finite value.")
        }
        return count == 0 ? [] : ["\(count) voxels are not finite; they were taken as the lowest intensity."]
    }
}
