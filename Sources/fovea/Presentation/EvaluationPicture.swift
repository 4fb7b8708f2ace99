import Foundation
import Geometry
import Imaging
import Models

/// Truth and result as outlines over the slices that show most of either.
struct EvaluationPicture {
    private let volume: Volume
    private let truth: Mask
    private let found: Mask

    private static let truthColor: [UInt8] = [80, 220, 100]
    private static let foundColor: [UInt8] = [255, 90, 70]

    /// Axial slices are shown, in whatever orientation the volume lies.
    init(_ volume: Volume, truth: LabelMap, _ segmentation: Segmentation) {
        let orientation = AxisOrientation(nearestLPSOf: volume.geometry)
        self.volume = orientation.reoriented(volume)
        let isTrue = truth.labels.map { $0 == 0 || $0 == CaseEvaluation.ignored ? UInt8(0) : 1 }
        self.truth = orientation.reoriented(Mask(size: truth.size, elements: isTrue))
        let labels = segmentation.labelMap
        found = orientation.reoriented(Mask(size: labels.size, elements: labels.labels.map { $0 == 0 ? 0 : 1 }))
    }

    /// Writes NAME-truth.png and NAME-found.png, where there is something to show; green is the truth, red the result.
    func write(to folder: URL, name: String) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let overlay = ImageOverlay(
            of: volume, window: window,
            outlines: [
                .init(mask: truth, color: Self.truthColor), .init(mask: found, color: Self.foundColor),
            ])
        for (mask, part) in [(truth, "truth"), (found, "found")] {
            guard let slice = Self.fullestSlice(of: mask) else { continue }
            try overlay.image(slice: slice).write(to: folder.appending(path: "\(name)-\(part).png"))
        }
    }

    /// For CT by what surrounds the truth: lung or soft tissue; else what lies between the first and last percentile.
    private var window: DisplayWindow {
        guard volume.unit != .hounsfield else {
            guard let box = truth.boundingBox?.expanded(by: 10, within: truth.size) else { return .lung }
            let values = volume.grid.cropped(to: box).elements
            return values.reduce(0, +) / Float(values.count) < -300 ? .lung : .softTissue
        }
        let sorted = volume.voxels.sorted()
        let (low, high) = (sorted[sorted.count / 100], sorted[sorted.count * 99 / 100])
        return DisplayWindow(centre: (low + high) / 2, width: max(high - low, .leastNormalMagnitude))
    }

    private static func fullestSlice(of mask: Mask) -> Int? {
        let areas = (0..<mask.size.depth).map { k in
            mask.elements[k * mask.size.planeCount..<(k + 1) * mask.size.planeCount].reduce(0) { $0 + Int($1) }
        }
        guard let largest = areas.max(), largest > 0 else { return nil }
        return areas.firstIndex(of: largest)
    }
}
