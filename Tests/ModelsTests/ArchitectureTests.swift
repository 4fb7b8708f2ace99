import Foundation
import Geometry
import Imaging
import Models
import NeuralNetworks
import Testing

/// Packages of every architecture: what model.json may say, which tensors the weights hold, and that they run.
@Suite struct ArchitectureTests {
    typealias Object = [String: any Sendable]

    static let small: [Object] = [
        ["name": "clstm", "width": 4, "hidden": 2],
        ["name": "sts-unet2d", "width": 2, "input_size": 32, "context": 4],
        ["name": "sts-unet3d", "width": 2, "input_size": 16, "context": 2],
        ["name": "resized-unet2d", "width": 2, "input_size": 32],
        ["name": "resized-unet3d", "width": 2, "input_size": 16],
        ["name": "unet3d", "width": 2], ["name": "enet3d", "width": 4]
    ].map { $0.merging(channels) { first, _ in first } }

    static let channels: Object = ["in_channels": 1, "out_channels": 1]

    @Test("a package runs from its folder, and says what it did", arguments: small.indices)
    func runs(index: Int) throws {
        let architecture = Self.small[index]
        let folder = try PackageFolder(architecture: architecture)
        let package = try ModelPackage(verifying: folder.url)
        let segmenter = try package.makeSegmenter(compute: ComputeResources(threads: 2))
        let volume = Self.volume(GridSize(width: 40, height: 37, depth: 6))
        let segmentation = try segmenter.segment(volume, regionOfInterest: nil, progress: { _ in })
        #expect(segmentation.labelMap.size == volume.size)
        #expect(!segmentation.executedPath.isEmpty && segmentation.timings.count > 3)
        let forecast = segmenter.forecast(for: volume.geometry)
        #expect(forecast.peakBytes > 0 && forecast.multiplyAccumulates > 0)
        #expect(try #require(forecast.seconds) > 0)
        let again = try segmenter.segment(volume, regionOfInterest: nil, progress: { _ in })
        #expect(again.labelMap == segmentation.labelMap && again.executedPath == segmentation.executedPath)
    }

    @Test("a memory limit that cannot be met is refused", arguments: small.indices)
    func memoryLimit(index: Int) throws {
        let folder = try PackageFolder(architecture: Self.small[index])
        let segmenter = try ModelPackage(verifying: folder.url).makeSegmenter(
            compute: ComputeResources(threads: 1, memoryLimitBytes: 50_000))
        let error = #expect(throws: SegmentationError.self) {
            try segmenter.segment(
                Self.volume(GridSize(width: 40, height: 37, depth: 6)), regionOfInterest: nil, progress: { _ in })
        }
        #expect(error?.code == .memoryLimit)
    }

    /// An architecture as model.json may have it by mistake.
    static let faults: [Object] = [
        ["name": "clstm", "width": 0, "hidden": 1], ["name": "clstm", "width": 8, "hidden": 0],
        ["name": "clstm", "width": 8, "hidden": 1, "context": 3], ["name": "clstm", "width": 8],
        ["name": "clstm", "width": 100_000_000, "hidden": 1],
        ["name": "sts-unet2d", "width": 2, "input_size": 40, "context": 4],
        ["name": "sts-unet2d", "width": 2, "input_size": 0, "context": 4],
        ["name": "sts-unet3d", "width": 2, "input_size": 16, "context": -1],
        ["name": "sts-unet3d", "width": 2, "input_size": 1 << 40, "context": 1],
        ["name": "sts-unet3d", "width": 2, "input_size": 16],
        ["name": "resized-unet3d", "width": 2, "input_size": 16, "context": 2],
        ["name": "unet3d", "width": -3], ["name": "enet3d", "width": 6], ["name": "deepmedic39"],
        ["name": "mobilenetv2-unet3d", "width": 10], ["name": "unet3d", "width": 2, "out_channels": 2]
    ].map { $0.merging(channels) { first, _ in first } }

    @Test("hyper-parameters out of bounds are refused before the weights are looked at", arguments: faults.indices)
    func hyperParameters(index: Int) throws {
        let folder = try PackageFolder(edit: { $0["architecture"] = Self.faults[index] })
        let error = #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
        #expect(error?.code == .manifest)
    }

    @Test(
        "Python's tensors are Swift's, by name and shape",
        arguments: [
            "clstm", "sts-unet2d", "sts-unet3d", "unet3d", "deepmedic39", "mobilenetv2-unet3d", "enet3d"
        ])
    func tensorNames(_ name: String) throws {
        struct Table: Decodable { let parameters: [String: [Int]] }
        let data = try Fixtures.data("golden-\(name).json")
        let table = try JSONDecoder().decode(Table.self, from: data).parameters
        let golden = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        var object = try #require(golden["architecture"] as? [String: Any])
        if name.hasPrefix("sts") { object.merge(["input_size": 16, "context": 2]) { first, _ in first } }
        let architecture = try JSONDecoder().decode(
            ModelArchitecture.self, from: JSONSerialization.data(withJSONObject: object))
        #expect(architecture.name == name)
        let same = architecture.tensorTable == table
        #expect(same)
    }

    static func volume(_ size: GridSize) -> Volume {
        Volume(
            geometry: GridGeometry(
                size: size, spacing: SpacingMM(i: 1, j: 1, k: 2), origin: PointMM(x: 0, y: 0, z: 0)),
            voxels: DeterministicWeights.input(count: size.count), unit: .hounsfield)
    }
}

/// `sts-pair`: two different methods, each with preprocessing of its own.
@Suite struct PairTests {
    static let uNet: [String: any Sendable] = [
        "name": "resized-unet3d", "width": 2, "input_size": 16, "in_channels": 1, "out_channels": 1
    ]
    static let lstm: [String: any Sendable] = [
        "name": "clstm", "width": 4, "hidden": 1, "in_channels": 1, "out_channels": 1
    ]

    /// - Parameter steps: of the rough method.
    static func pair(
        rough: [String: any Sendable] = uNet, fine: [String: any Sendable] = lstm, steps: [any Sendable] = []
    ) -> [String: any Sendable] {
        [
            "name": "sts-pair", "context": 2,
            "rough": ["architecture": rough, "preprocessing": steps] as [String: any Sendable],
            "fine": ["architecture": fine, "preprocessing": [any Sendable]()] as [String: any Sendable]
        ]
    }

    @Test("two different methods run as one; the rough one on a resampled image")
    func runs() throws {
        let steps: [any Sendable] = [
            ["step": "resample", "interpolation": "cubic", "spacing_mm": [2, 2, 2.5]] as [String: any Sendable],
            ["step": "clip", "low": 0, "high": 1] as [String: any Sendable]
        ]
        // The rough network finds everything, so that the fine one sees the whole image.
        let folder = try PackageFolder(
            architecture: Self.pair(steps: steps), tensors: { $0["rough.unet.out.conv.bias"]?.values = [20] })
        let package = try ModelPackage(verifying: folder.url)
        let segmenter = try package.makeSegmenter(compute: ComputeResources(threads: 2))
        let volume = ArchitectureTests.volume(GridSize(width: 40, height: 37, depth: 6))
        let segmentation = try segmenter.segment(volume, regionOfInterest: nil, progress: { _ in })
        #expect(segmentation.executedPath.hasPrefix("sts-pair: rough (network on 16x16x16), fine in 1 boxes"))
        let alone = try PackageFolder(
            architecture: Self.lstm,
            tensors: { entries in
                for name in entries.keys {
                    let shape = entries[name]?.shape ?? []
                    entries[name]?.values = DeterministicWeights.tensor("fine.\(name)", shape: shape)
                }
            })
        let expected = try ModelPackage(verifying: alone.url).makeSegmenter(compute: ComputeResources(threads: 2))
            .segment(volume, regionOfInterest: nil, progress: { _ in })
        #expect(segmentation.labelMap == expected.labelMap)
        #expect(segmenter.forecast(for: volume.geometry).peakBytes > 0)
    }

    static let narrowAutoPath: [String: any Sendable] = [
        "name": "autopath-r18", "width": 2, "policy": true, "window": 8, "in_channels": 1, "out_channels": 1
    ]

    @Test("a rough method on an image of one size, whatever the volume's own")
    func fixedSize() throws {
        let steps: [any Sendable] = [
            ["step": "resample", "interpolation": "cubic", "size": [49, 33, NSNull()] as [any Sendable]]
                as [String: any Sendable]
        ]
        let folder = try PackageFolder(architecture: Self.pair(rough: Self.narrowAutoPath, fine: Self.uNet, steps: steps))
        let segmenter = try ModelPackage(verifying: folder.url).makeSegmenter(compute: ComputeResources(threads: 2))
        for size in [GridSize(width: 64, height: 68, depth: 10), GridSize(width: 20, height: 30, depth: 10)] {
            let segmentation = try segmenter.segment(
                ArchitectureTests.volume(size), regionOfInterest: nil, progress: { _ in })
            #expect(segmentation.executedPath.contains("windows of 49x33x8"))
            #expect(segmentation.labelMap.size == size)
        }
    }

    @Test("AutoPath as the rough method, at its own resolution, and a U-Net on crops as the fine one")
    func autoPath() throws {
        let steps: [any Sendable] = [
            [
                "step": "resample", "interpolation": "cubic", "spacing_mm": [NSNull(), NSNull(), 1] as [any Sendable],
                "factor": [0.5, 0.5, NSNull()] as [any Sendable]
            ] as [String: any Sendable]
        ]
        let folder = try PackageFolder(architecture: Self.pair(rough: Self.narrowAutoPath, fine: Self.uNet, steps: steps))
        let segmenter = try ModelPackage(verifying: folder.url).makeSegmenter(compute: ComputeResources(threads: 2))
        let volume = ArchitectureTests.volume(GridSize(width: 64, height: 68, depth: 10))
        let segmentation = try segmenter.segment(
            volume, regionOfInterest: nil, effort: Effort(path: .full), progress: { _ in })
        #expect(segmentation.executedPath.hasPrefix("sts-pair: rough (autopath-r18"))
        #expect(segmentation.blockUsage?.droppedBlocks == 0)
        #expect(segmentation.labelMap.size == volume.size)
    }

    static let faults: [[String: any Sendable]] = [
        // A region of interest inside of a pair.
        pair(steps: [["step": "roi", "roi": "lungs"] as [String: any Sendable]]),
        pair(steps: [["step": "sharpen"] as [String: any Sendable]]),
        // A pair of pairs; unknown and faulty members.
        pair(rough: pair()), pair(fine: ["name": "unknown"]),
        pair(fine: ["name": "clstm", "width": 0, "hidden": 1, "in_channels": 1, "out_channels": 1]),
        pair(fine: ["name": "clstm", "width": 4, "hidden": 1, "in_channels": 1, "out_channels": 2]),
        // The rough network's channels are hidden by the fine one's in what the pair says of itself.
        pair(rough: [
            "name": "autopath-r18", "width": 4, "policy": true, "window": 8, "in_channels": 0, "out_channels": 1
        ]),
        pair().merging(["context": -1]) { $1 }, pair().merging(["width": 3]) { $1 },
        pair().merging(["fine": 3]) { $1 }
    ]

    @Test("a faulty pair is refused", arguments: faults.indices)
    func fault(index: Int) throws {
        let folder = try PackageFolder(edit: { $0["architecture"] = Self.faults[index] })
        let error = #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
        #expect(error?.code == .manifest)
    }

    @Test("pairs nested without end are refused, not followed")
    func nested() throws {
        var architecture: [String: any Sendable] = Self.pair()
        for _ in 0..<200 { architecture = Self.pair(rough: architecture) }
        let folder = try PackageFolder(edit: { $0["architecture"] = architecture })
        #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
    }
}
