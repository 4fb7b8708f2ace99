import DICOMCore
import DICOMImaging
import Imaging
import Models

extension SeriesProcessor {
    /// Measures each finding on the source's own slices. One that has no voxel there (between two slices of a resampled
    /// series) is no finding.
    func measure(
        _ segmentation: Segmentation, _ series: AssembledSeries, _ input: SeriesInput,
        into reading: inout Interpretation
    ) throws {
        let mapped = series.mapToSource(segmentation.labelMap)
        let kept = Self.present(segmentation.findings, in: mapped)
        let labels = Self.renumbered(mapped, kept)
        let identity = ResultWriter.identity(
            input, modelDigest: segmenter.digest, executedPath: segmentation.executedPath)
        let lungs = lungs(segmentation, series, kept)
        let measurements = series.measure(labels)
        for (index, finding) in kept.enumerated() {
            let region = measurements.first { Int($0.label) == index + 1 }
            guard let region else { preconditionFailure("a label without voxels was kept") }
            let segment = SegmentDescription(
                finding, number: index + 1, isInstance: segmenter.manifest.output.instances,
                side: lungs?.side(of: region.centroid), identity: identity)
            reading.findings.append(
                MeasuredFinding(
                    segmentNumber: index + 1, segment: segment, measurements: region, score: finding.score))
        }
        reading.labels = labels
        if kept.isEmpty { reading.outcome = .nothingFound }
    }

    /// The lungs, if one of the findings lies in a lung; where the segmenter had no need of them they are looked for
    /// now, which takes Hounsfield units.
    private func lungs(_ segmentation: Segmentation, _ series: AssembledSeries, _ findings: [Finding]) -> LungMask? {
        guard findings.contains(where: { $0.definition.region == Self.lung }) else { return nil }
        if let lungs = segmentation.lungs { return lungs }
        guard series.volume.unit == .hounsfield else { return nil }
        let orientation = AxisOrientation(nearestLPSOf: series.volume.geometry)
        return LungMask(of: orientation.reoriented(series.volume, threads: threads), threads: threads)
    }

    private static let lung = CodedEntry("39607008", "SCT", "Lung")

    private static func present(_ findings: [Finding], in labels: LabelMap) -> [Finding] {
        var isPresent = [Bool](repeating: false, count: Int(UInt16.max) + 1)
        for label in labels.labels where label != 0 { isPresent[Int(label)] = true }
        return findings.filter { isPresent[Int($0.label)] }
    }

    /// Labels 1, 2, ... in the order of the findings.
    private static func renumbered(_ labels: LabelMap, _ findings: [Finding]) -> LabelMap {
        let isInOrder = findings.enumerated().allSatisfy { Int($0.element.label) == $0.offset + 1 }
        guard !isInOrder else { return labels }
        var numbers = [UInt16](repeating: 0, count: Int(UInt16.max) + 1)
        for (index, finding) in findings.enumerated() { numbers[Int(finding.label)] = UInt16(index + 1) }
        return LabelMap(geometry: labels.geometry, labels: labels.labels.map { numbers[Int($0)] })
    }
}
