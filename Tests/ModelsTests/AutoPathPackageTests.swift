import Foundation
import Geometry
import Imaging
import Models
import NeuralNetworks
import Testing

/// AutoPath as a model package.
@Suite struct AutoPathPackageTests {
    static var architecture: [String: Any] {
        ["name": "autopath-r18", "width": 4, "policy": true, "window": 8, "in_channels": 1, "out_channels": 1]
    }

    private static func volume(_ size: GridSize) -> Volume {
        let geometry = GridGeometry(
            size: size, spacing: SpacingMM(i: 0.8, j: 0.8, k: 2.5), origin: PointMM(x: 0, y: 0, z: 0))
        let voxels = DeterministicWeights.input(count: size.count).map { $0 * 600 - 300 }
        return Volume(geometry: geometry, voxels: voxels, unit: .hounsfield)
    }

    /// The published preprocessing.
    private static func published(_ manifest: inout [String: Any]) {
        manifest["preprocessing"] = [
            ["step": "roi", "roi": "none"], ["step": "clip", "low": -200, "high": 250],
            ["step": "resample", "interpolation": "cubic", "spacing_mm": [NSNull(), NSNull(), 1],
                "factor": [0.5, 0.5, NSNull()]] as [String: Any],
            ["step": "scale", "from": [0, 200], "to": [0, 1]]
        ]
        manifest["output"] = ["threshold": 0.5, "instances": false, "minimum_volume_ml": 0]
    }

    @Test("a package runs with the published preprocessing; the answer lies on the volume's grid and names its path")
    func published() throws {
        let folder = try PackageFolder(
            architecture: Self.architecture, edit: Self.published,
            tensors: { $0["backbone.decoder.3.conv.weight"]?.values = [1, 1] })
        let segmenter = try ModelPackage(verifying: folder.url).makeSegmenter(compute: ComputeResources(threads: 2))
        let volume = Self.volume(GridSize(width: 80, height: 72, depth: 6))
        let segmentation = try segmenter.segment(
            volume, regionOfInterest: nil, effort: Effort(path: .dropLast(1)), progress: { _ in })
        #expect(segmentation.labelMap.geometry == volume.geometry)
        #expect(segmentation.executedPath.hasPrefix("autopath-r18: 2 windows of 40x36x8, blocks 11111110 11111110, "))
        #expect(segmentation.blockUsage?.strategy == "last:1")
        let sentence = "AutoPath computed 14 of 16 blocks in 2 windows (last:1: 11111110 11111110), "
        #expect(segmentation.messages.contains { $0.hasPrefix(sentence) })
        #expect(segmentation.timings.map(\.step).filter { $0 == "backbone" } == ["backbone"])
        let finding = try #require(segmentation.findings.first)
        #expect(segmentation.labelMap.labels.count { $0 == 1 } == finding.voxelCount)
    }

    @Test("an image too small for the network is refused with the reason")
    func tooSmall() throws {
        let folder = try PackageFolder(architecture: Self.architecture, edit: Self.published)
        let segmenter = try ModelPackage(verifying: folder.url).makeSegmenter(compute: ComputeResources(threads: 1))
        let error = #expect(throws: SegmentationError.self) {
            let volume = Self.volume(GridSize(width: 61, height: 80, depth: 6))
            _ = try segmenter.segment(volume, regionOfInterest: nil, progress: { _ in })
        }
        #expect(error?.code == .unsuitableVolume)
    }

    @Test("both architectures verify, with and without a policy network", arguments: ["autopath-r18", "autopath-r50"])
    func verification(name: String) throws {
        for policy in [true, false] {
            var architecture = Self.architecture
            architecture["name"] = name
            architecture["policy"] = policy
            let folder = try PackageFolder(architecture: architecture)
            let package = try ModelPackage(verifying: folder.url)
            #expect(package.manifest.architecture.name == name)
        }
    }

    /// A key of the architecture and a value that is not allowed there (nil removes it).
    static let faults: [(String, (any Sendable)?)] = [
        ("name", "autopath-r34"), ("width", 0), ("width", 5), ("width", -2), ("width", 1 << 40), ("width", "4"),
        ("width", nil), ("policy", 1.5), ("policy", nil), ("window", 0), ("window", 1 << 30), ("window", nil),
        ("in_channels", 2), ("in_channels", 0), ("out_channels", 3), ("out_channels", -1), ("features", 16)
    ]

    @Test("hyper-parameters that cannot be are refused, and nothing is computed from them", arguments: faults.indices)
    func fault(index: Int) throws {
        let (key, value) = Self.faults[index]
        let folder = try PackageFolder(
            architecture: Self.architecture,
            edit: { manifest in
                var architecture = Self.architecture
                architecture[key] = value
                manifest["architecture"] = architecture
            })
        let error = #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
        #expect(error?.code == .manifest, "\(key): \(error?.message ?? "accepted")")
    }

    @Test("weights of another width, or without the policy network that the manifest names, are refused")
    func foreignWeights() throws {
        for (key, value) in [("width", 6), ("policy", false)] as [(String, any Sendable)] {
            let folder = try PackageFolder(
                architecture: Self.architecture,
                edit: { manifest in
                    var architecture = Self.architecture
                    architecture[key] = value
                    manifest["architecture"] = architecture
                })
            let error = #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
            #expect(error?.code == .weights)
        }
    }

    @Test("resampling twice, or a region of interest after resampling, is refused")
    func resampling() throws {
        let resample: [String: Any] = ["step": "resample", "interpolation": "cubic", "factor": [0.5, 0.5, 1]]
        let region: [[String: Any]] = [["step": "roi", "roi": "lungs"], ["step": "crop_to_roi", "margin_voxels": 1]]
        for steps in [[resample, resample], [region[0], resample, region[1]]] {
            let folder = try PackageFolder(
                architecture: Self.architecture, edit: { $0["preprocessing"] = steps })
            let error = #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
            #expect(error?.code == .manifest)
        }
    }
}
