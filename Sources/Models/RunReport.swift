internal import Geometry
internal import Imaging

/// Brings what a run found back to the grid of the volume that was passed in.
struct RunReport {
    let orientation: AxisOrientation
    /// In LPS order.
    let region: Mask?
    let messages: [String]
    let threads: Int

    func notApplicable(_ reason: String, _ clock: StepClock) -> Segmentation {
        Segmentation(
            outcome: .notApplicable(reason: reason), labelMap: LabelMap(geometry: orientation.source), findings: [],
            regionOfInterest: restoredRegion, executedPath: "not applicable", timings: clock.timings, messages: messages
        )
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
        return Segmentation(
            outcome: found.findings.isEmpty ? .nothingFound : .findings, labelMap: labelMap, findings: found.findings,
            regionOfInterest: restoredRegion, executedPath: path, timings: clock.timings, messages: messages)
    }

    private var restoredRegion: Mask? {
        region.map { orientation.restored($0, threads: threads) }
    }
}
