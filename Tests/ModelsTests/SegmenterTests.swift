import Foundation
import Geometry
import Imaging
import Models
import NeuralNetworks
import Testing

@Suite struct SegmenterTests {
    static let size = GridSize(width: 40, height: 32, depth: 24)

    @Test("every voxel of a finding carries its label; the largest comes first")
    func findings() throws {
        let segmentation = try segment(Self.volume())
        #expect(segmentation.outcome == .findings)
        for finding in segmentation.findings {
            #expect(segmentation.labelMap.labels.count { $0 == finding.label } == finding.voxelCount)
            #expect(finding.score > 0.5 && finding.score <= 1)
        }
        let counts = segmentation.findings.map(\.voxelCount)
        #expect(counts == counts.sorted(by: >))
        #expect(segmentation.findings.map(\.label) == (1...UInt16(counts.count)).map { $0 })
        #expect(segmentation.executedPath.hasPrefix("lowres: stage 1 on 40x32x24, stage 2 in "))
        #expect(segmentation.timings.map(\.step).contains("stage 2"))
    }

    @Test("a series in another orientation gives the same mask, mapped back exactly")
    func orientation() throws {
        let volume = Self.volume()
        let expected = try segment(volume).labelMap
        // The same voxels with k from head to feet and i from left to right.
        var turned = volume
        turned.geometry.origin = volume.geometry.position(
            VoxelIndex(i: Self.size.width - 1, j: 0, k: Self.size.depth - 1))
        turned.geometry.iDirection = VectorMM(x: -1, y: 0, z: 0)
        turned.geometry.kDirection = VectorMM(x: 0, y: 0, z: -1)
        func mirrored<Element>(_ elements: [Element]) -> [Element] {
            (0..<elements.count).map { offset in
                let i = offset % Self.size.width, j = offset / Self.size.width % Self.size.height
                let k = offset / Self.size.planeCount
                return elements[
                    Self.size.offset(VoxelIndex(i: Self.size.width - 1 - i, j: j, k: Self.size.depth - 1 - k))]
            }
        }
        turned.voxels = mirrored(volume.voxels)
        #expect(try segment(turned).labelMap.labels == mirrored(expected.labels))
    }

    @Test("voxels that are not finite are counted and taken as the lowest intensity")
    func nonFinite() throws {
        var broken = Self.volume(), replaced = broken
        for (offset, value) in [(5, Float.nan), (700, .infinity), (9000, -.infinity)] {
            broken.voxels[offset] = value
            replaced.voxels[offset] = replaced.voxels.min() ?? 0
        }
        let segmentation = try segment(broken)
        #expect(segmentation.labelMap == (try segment(replaced).labelMap))
        #expect(segmentation.messages == ["3 voxels are not finite; they were taken as the lowest intensity."])
    }

    @Test("an image without a finite voxel is an error")
    func nothingFinite() throws {
        var volume = Self.volume()
        volume.voxels = volume.voxels.map { _ in .nan }
        let error = #expect(throws: SegmentationError.self) { try segment(volume) }
        #expect(error?.code == .unsuitableVolume)
    }

    @Test("findings below the minimum volume are dropped")
    func minimumVolume() throws {
        let segmentation = try segment(
            Self.volume(),
            edit: {
                $0["output"] = ["threshold": 0.5, "instances": true, "minimum_volume_ml": 1e6]
            })
        #expect(segmentation.outcome == .nothingFound)
        #expect(segmentation.labelMap.labels.allSatisfy { $0 == 0 })
    }

    @Test("without instances all voxels are one segment")
    func oneSegment() throws {
        let instances = try segment(Self.volume())
        let whole = try segment(
            Self.volume(),
            edit: {
                $0["output"] = ["threshold": 0.5, "instances": false, "minimum_volume_ml": 0]
            })
        #expect(whole.findings.count == 1)
        #expect(whole.findings.first?.voxelCount == instances.findings.map(\.voxelCount).reduce(0, +))
    }

    @Test("of an organ the largest component counts, the holes of its slices filled")
    func largestComponent() throws {
        let output: [String: Any] = ["threshold": 0.5, "instances": false, "minimum_volume_ml": 0]
        let all = try segment(Self.volume(), edit: { $0["output"] = output })
        let organ = try segment(
            Self.volume(), edit: { $0["output"] = output.merging(["largest_component": true]) { $1 } })
        let components = ConnectedComponents(of: all.labelMap.mask(of: 1), connectivity: .twentySix)
        #expect(components.count > 1)
        let expected = components.mask { $0 == components.largest }.withSliceHolesFilled()
        #expect(organ.labelMap.mask(of: 1) == expected)
        #expect(throws: ModelPackageError.self) {
            try segment(
                Self.volume(),
                edit: {
                    $0["output"] = output.merging(["largest_component": true, "instances": true]) { $1 }
                })
        }
    }

    @Test("a step for CT is not done for MR")
    func stepsByModality() throws {
        let scale: [String: Any] = ["step": "scale", "from": [0, 1], "to": [-3, 2]]
        func edit(_ modality: [String]?) -> (inout [String: Any]) -> Void {
            { $0["preprocessing"] = [modality.map { scale.merging(["modality": $0]) { $1 } } ?? scale] }
        }
        let mr = Volume(geometry: Self.geometry(Self.size), voxels: Self.volume().voxels, unit: .arbitrary)
        let scaled = try segment(mr, edit: edit(nil)).labelMap
        let plain = try segment(mr).labelMap
        #expect(scaled != plain)
        #expect(try segment(mr, edit: edit(["CT"])).labelMap == plain)
        #expect(try segment(mr, edit: edit(["MR", "PT"])).labelMap == scaled)
        #expect(try segment(Self.volume(), edit: edit(["CT"])).labelMap == scaled)
    }

    @Test("what the pixels do not show is not applicable, with the reason")
    func notApplicable() throws {
        let cases: [([String: Any], String)] = [
            (["minimum_slices": 25], "The series has 24 slices; the model needs 25."),
            (["minimum_extent_mm": 25], "The extent of the image is only 24 mm; the model needs 25 mm.")
        ]
        for (applicability, reason) in cases {
            let segmentation = try segment(Self.volume(), edit: { $0["applicability"] = applicability })
            #expect(segmentation.outcome == .notApplicable(reason: reason))
            #expect(segmentation.findings.isEmpty)
        }
    }

    @Test("an image without lungs is not applicable to a model for lungs")
    func noLungs() throws {
        let segmentation = try segment(Self.volume(), edit: Self.lungModel)
        #expect(segmentation.outcome == .notApplicable(reason: "No lungs in the field of view."))
        #expect(segmentation.lungs?.volumeML == 0)
    }

    @Test("a given region of interest is widened, cropped to, and returned on the image's grid")
    func givenRegion() throws {
        var region = Mask(size: Self.size, repeating: 0)
        for k in 11..<13 { for j in 12..<20 { for i in 14..<26 { region[i, j, k] = 1 } } }
        let segmentation = try segment(Self.volume(), region: region, edit: Self.lungModel)
        let used = try #require(segmentation.regionOfInterest)
        #expect(used.size == Self.size)
        #expect((0..<Self.size.depth).filter { used[20, 16, $0] == 1 } == Array(8..<16))
        #expect(used[0, 0, 0] == 0)
        #expect(segmentation.lungs == nil)
    }

    @Test("lungs are closed and widened as published, up to the faces of the image")
    func publishedRegion() throws {
        var region = Mask(size: Self.size, repeating: 0)
        for k in 0..<13 { for j in 5..<28 { for i in 3..<36 where (i + j + k) % 3 > 0 { region[i, j, k] = 1 } } }
        let used = try segment(Self.volume(), region: region, edit: Self.lungModel).regionOfInterest
        #expect(used == region.dilated(iterations: 10).eroded(iterations: 10).dilated(iterations: 3))
        #expect(used?.elements.contains(1) == true)
    }

    @Test("a region of interest that is empty or on another grid is an error")
    func impossibleRegion() throws {
        for size in [Self.size, GridSize(width: 1, height: 1, depth: 1)] {
            let region = Mask(size: size, repeating: size == Self.size ? 0 : 1)
            let error = #expect(throws: SegmentationError.self) { try segment(Self.volume(), region: region) }
            #expect(error?.code == .regionOfInterest)
        }
    }

    @Test("a resampled image gives findings on the volume's own grid, and a forecast of the resampled size")
    func resampled() throws {
        let resampling: (inout [String: Any]) -> Void = {
            $0["preprocessing"] = [
                ["step": "roi", "roi": "none"],
                ["step": "resample", "interpolation": "cubic", "spacing_mm": [NSNull(), NSNull(), 0.5],
                    "factor": [0.8, 2, NSNull()]] as [String: Any]
            ]
        }
        let segmentation = try segment(Self.volume(), edit: resampling)
        #expect(segmentation.executedPath.hasPrefix("lowres: stage 1 on 32x64x48, "))
        #expect(segmentation.labelMap.geometry == Self.geometry(Self.size))
        #expect(segmentation.outcome == .findings)
        for finding in segmentation.findings {
            #expect(segmentation.labelMap.labels.count { $0 == finding.label } == finding.voxelCount)
            #expect(finding.score > 0.5 && finding.score <= 1)
        }
        let (folder, plainFolder) = (try PackageFolder(edit: resampling), try PackageFolder())
        func forecast(_ folder: PackageFolder, _ size: GridSize) throws -> Forecast {
            try ModelPackage(verifying: folder.url).makeSegmenter(compute: ComputeResources(threads: 1))
                .forecast(for: Self.geometry(size))
        }
        let resampledSize = GridSize(width: 32, height: 64, depth: 48)
        #expect(try forecast(folder, Self.size) == forecast(plainFolder, resampledSize))
    }

    @Test("the forecast grows with the volume")
    func forecast() throws {
        let folder = try PackageFolder()
        let segmenter = try ModelPackage(verifying: folder.url).makeSegmenter(compute: ComputeResources(threads: 1))
        let small = segmenter.forecast(for: Self.geometry(GridSize(width: 64, height: 64, depth: 64)))
        let large = segmenter.forecast(for: Self.geometry(GridSize(width: 128, height: 64, depth: 64)))
        #expect(large.multiplyAccumulates == 2 * small.multiplyAccumulates)
        #expect(large.peakBytes > small.peakBytes)
    }

    private static func lungModel(_ manifest: inout [String: Any]) {
        manifest["preprocessing"] = [
            ["step": "roi", "roi": "lungs"], ["step": "crop_to_roi", "margin_voxels": 5],
            ["step": "fill_outside_roi", "value": "minimum"]
        ]
    }

    private func segment(
        _ volume: Volume, region: Mask? = nil, edit: (inout [String: Any]) -> Void = { _ in }
    ) throws -> Segmentation {
        let folder = try PackageFolder(edit: edit, tensors: { $0["stage1.Y8.2.bn.bias"]?.values = [-0.1] })
        let segmenter = try ModelPackage(verifying: folder.url).makeSegmenter(compute: ComputeResources(threads: 2))
        return try segmenter.segment(volume, regionOfInterest: region, progress: { _ in })
    }

    /// 1 mm voxels in LPS order.
    private static func volume() -> Volume {
        Volume(geometry: geometry(size), voxels: DeterministicWeights.input(count: size.count), unit: .hounsfield)
    }

    private static func geometry(_ size: GridSize) -> GridGeometry {
        GridGeometry(size: size, spacing: SpacingMM(i: 1, j: 1, k: 1), origin: PointMM(x: 0, y: 0, z: 0))
    }
}
