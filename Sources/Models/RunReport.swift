internal import Geometry
internal import Imaging

/// Brings what a run found back to the grid of the volume that was passed in.
struct RunReport {
    let orientation: AxisOrientation
    /// In LPS order.
    let region: Mask?
    /// The lungs that the region was made from, if it was computed.
    let lungs: LungMask?
    var messages: [String]
    let threads: Int

    func notApplicable(_ reason: String, _ clock: StepClock) -> Segmentation {
        completed(
            Segmentation(
                outcome: .notApplicable(reason: reason), labelMap: LabelMap(geometry: orientation.source),
                executedPath: "not applicable"), clock)
    }

    /// - Parameter box: where the findings' grid lies in the volume in LPS order.
    func finished(
        _ found: FindingExtraction.Result, box: VoxelBox, path: String, _ clock: StepClock
    ) -> Segmentation {
        var clock = clock
        let labelMap = clock.measure("mapping back") {
            var labels = Grid<UInt16>(size: orientation.target.size, repeating: 0)
            labels.paste(found.labels, at: box.lower)
            return orientation.restored(
                LabelMap(geometry: orientation.target, labels: labels.elements), threads: threads)
        }
        return completed(
            Segmentation(
                outcome: found.findings.isEmpty ? .nothingFound : .findings, labelMap: labelMap,
                findings: found.findings, executedPath: path), clock)
    }

    private func completed(_ segmentation: Segmentation, _ clock: StepClock) -> Segmentation {
        var segmentation = segmentation
        segmentation.regionOfInterest = region.map { orientation.restored($0, threads: threads) }
        segmentation.lungs = lungs
        segmentation.timings = clock.timings
        segmentation.messages = messages
        return segmentation
    }
}
