import Foundation
import Geometry
import Imaging
import Models

/// A segmenter without a network: its answer is a test's.
struct StubSegmenter: Segmenter {
    private let answer: @Sendable (Volume, Effort) -> Result<Segmentation, SegmentationError>

    init(_ answer: @escaping @Sendable (Volume) -> Segmentation) {
        self.answer = { volume, _ in .success(answer(volume)) }
    }

    init(withEffort answer: @escaping @Sendable (Volume, Effort) -> Segmentation) {
        self.answer = { .success(answer($0, $1)) }
    }

    init(failing error: SegmentationError) { answer = { _, _ in .failure(error) } }

    /// For a series that must not come so far.
    static let unused = StubSegmenter(failing: SegmentationError(.unsuitableVolume, "the segmenter was reached"))

    var manifest: ModelManifest { Self.manifest }
    var digest: String { "0123456789abcdef" }

    func forecast(for geometry: GridGeometry) -> Forecast { Forecast(peakBytes: 0, multiplyAccumulates: 0) }

    func segment(
        _ volume: Volume, regionOfInterest: Mask?, progress: (Double) -> Void
    ) throws(SegmentationError) -> Segmentation {
        try answer(volume, Effort()).get()
    }

    func segment(
        _ volume: Volume, regionOfInterest: Mask?, effort: Effort, progress: (Double) -> Void
    ) throws(SegmentationError) -> Segmentation {
        try answer(volume, effort).get()
    }

    static let manifest: ModelManifest = {
        let json = """
            {
                "format": 1, "name": "stub", "version": "1.0.0", "title": "A model for tests",
                "architecture": {"name": "lowres", "features": 16, "in_channels": 1, "out_channels": 1},
                "input": {"modality": ["CT"], "orientation": "LPS", "spacing_mm": null},
                "preprocessing": [], "applicability": {},
                "output": {"threshold": 0.5, "instances": true, "minimum_volume_ml": 0},
                "labels": [{
                    "value": 1, "label": "Nodule", "color": [255, 0, 0],
                    "category": {"code": "49755003", "scheme": "SCT", "meaning": "Morphologically Abnormal Structure"},
                    "type": {"code": "27925004", "scheme": "SCT", "meaning": "Nodule"},
                    "region": {"code": "39607008", "scheme": "SCT", "meaning": "Lung"}
                }],
                "weights": {"file": "none", "sha256": "none", "bytes": 0},
                "provenance": {
                    "data": [], "recipe": "none", "seed": null, "cost": null, "code_revision": "none",
                    "date": "2026-01-01"
                },
                "measured": [], "intended_use": "Tests. Research use only."
            }
            """
        do {
            return try JSONDecoder().decode(ModelManifest.self, from: Data(json.utf8))
        } catch {
            fatalError("the manifest of the stub: \(error)")
        }
    }()
}
