import Foundation
import Geometry
import Imaging
import Testing

@Suite struct LungMaskTests {
    static let phantom = ChestPhantomTests.small

    @Test("Nodules lie inside, those on the pleura too, and on the right side")
    func nodules() {
        let volume = Self.phantom.volume
        let lung = LungMask(of: volume, threads: 2)
        for nodule in Self.phantom.nodules {
            let inner = volume.size.indices.filter {
                (volume.geometry.position($0) - nodule.centre).length < nodule.diameterMM / 2 * 0.85
            }
            let inside = inner.reduce(0) { $0 + Int(lung.mask[$1]) }
            // A pleural nodule has its base in the chest wall.
            let least = nodule.kind == .pleural ? inner.count * 85 / 100 : inner.count
            #expect(inside >= least, "\(nodule)")
            #expect(lung.side(of: nodule.centre) == nodule.side)
        }
        #expect((2800...4500).contains(lung.volumeML))
        let maskML = Double(lung.mask.elements.reduce(0) { $0 + Int($1) }) * volume.geometry.spacing.voxelVolumeML
        #expect(maskML > lung.volumeML && maskML < lung.volumeML * 1.35)
    }

    @Test("Stomach gas, room air and table are not lung")
    func notLung() {
        let lung = LungMask(of: Self.phantom.volume, threads: 2)
        let geometry = Self.phantom.volume.geometry
        let elsewhere = [(58, -36, -104), (0, 150, 0), (0, 134, 0), (160, -120, 0), (0, -30, -60), (0, 68, 0)]
        for (x, y, z) in elsewhere {
            let indices = geometry.indices(of: PointMM(x: Double(x), y: Double(y), z: Double(z)))
            #expect(lung.mask[Int(indices.i.rounded()), Int(indices.j.rounded()), Int(indices.k.rounded())] == 0)
        }
    }

    @Test("The same with fewer threads")
    func threads() {
        let one = LungMask(of: Self.phantom.volume, threads: 1)
        #expect(one.mask == LungMask(of: Self.phantom.volume, threads: 3).mask)
    }

    @Test("A tight round field of view cuts the lung but does not lose it", arguments: [Float(-2000), -3024, -1024])
    func tightView(_ padding: Float) {
        var volume = Self.phantom.volume
        for (n, index) in volume.size.indices.enumerated() {
            let point = volume.geometry.position(index)
            if point.x * point.x + point.y * point.y > 105 * 105 { volume.voxels[n] = padding }
        }
        let lung = LungMask(of: volume, threads: 2)
        let whole = LungMask(of: Self.phantom.volume, threads: 2)
        var (kept, expected) = (0, 0)
        for (n, index) in volume.size.indices.enumerated() {
            let point = volume.geometry.position(index)
            guard point.x * point.x + point.y * point.y < 100 * 100 else { continue }
            expected += Int(whole.mask.elements[n])
            kept += Int(whole.mask.elements[n] & lung.mask.elements[n])
        }
        #expect(Double(kept) > 0.97 * Double(expected))
    }

    @Test("A rectangular crop through the lungs does not lose them")
    func crop() {
        let volume = Self.phantom.volume
        let box = VoxelBox(lower: VoxelIndex(i: 40, j: 50, k: 10), upper: VoxelIndex(i: 140, j: 130, k: 45))
        let lung = LungMask(of: volume.cropped(to: box), threads: 2)
        let whole = LungMask(of: volume, threads: 2).mask.cropped(to: box)
        let kept = zip(lung.mask.elements, whole.elements).reduce(0) { $0 + Int($1.0 & $1.1) }
        #expect(Double(kept) > 0.97 * Double(whole.elements.reduce(0) { $0 + Int($1) }))
    }

    @Test("Prone is as good as supine")
    func prone() {
        var geometry = Self.phantom.volume.geometry
        geometry.iDirection = VectorMM(x: -1, y: 0, z: 0)
        geometry.jDirection = VectorMM(x: 0, y: -1, z: 0)
        let turned = AxisOrientation(nearestLPSOf: geometry).reoriented(
            Volume(geometry: geometry, voxels: Self.phantom.volume.voxels, unit: .hounsfield))
        let supine = LungMask(of: Self.phantom.volume, threads: 2).volumeML
        #expect(abs(LungMask(of: turned, threads: 2).volumeML / supine - 1) < 0.02)
    }

    @Test("Half the resolution finds the same lung")
    func coarse() {
        let volume = Self.phantom.volume
        let size = GridSize(width: 90, height: 90, depth: 26)
        let half = Volume(
            geometry: volume.geometry.resized(to: size),
            voxels: volume.grid.resampledTrilinear(to: size, alignCorners: false).elements, unit: .hounsfield)
        let fine = LungMask(of: volume, threads: 2).volumeML
        #expect(abs(LungMask(of: half, threads: 2).volumeML / fine - 1) < 0.1)
    }

    @Test("No lung in the abdomen, in water, in air; then no side either")
    func none() {
        let volume = Self.phantom.volume
        let abdomen = VoxelBox(lower: VoxelIndex(i: 0, j: 0, k: 0), upper: VoxelIndex(i: 180, j: 180, k: 2))
        let water = [Float](repeating: 0, count: volume.size.count)
        let air = [Float](repeating: -1000, count: volume.size.count)
        for volume in [
            volume.cropped(to: abdomen), Volume(geometry: volume.geometry, voxels: water, unit: .hounsfield),
            Volume(geometry: volume.geometry, voxels: air, unit: .hounsfield),
        ] {
            let lung = LungMask(of: volume, threads: 2)
            #expect(lung.volumeML < 20)
            if lung.volumeML == 0 {
                #expect(lung.side(of: PointMM(x: 50, y: 0, z: 0)) == nil)
                #expect(!lung.mask.elements.contains(1))
            }
        }
    }

    @Test("Real crops: lung fills a chest crop, only its bases show in an abdomen", .enabled(if: TestData.isPresent))
    func realCrops() throws {
        let chest = try Self.lung("ct_aorta_totalseg_1p5mm/ct_aorta_crop.nii.gz")
        #expect((2300...3200).contains(chest.volumeML))
        let torso = try Self.lung("ct_torso_totalseg_3mm/example_ct.nii.gz")
        #expect((60...250).contains(torso.volumeML))
        let magnetic = try NIfTI.readVolume(
            TestData.url("mr_head_t1_ixi015/IXI015_T1_2mm.nii.gz"), unit: .arbitrary)
        #expect(LungMask(of: AxisOrientation(nearestLPSOf: magnetic.geometry).reoriented(magnetic)).volumeML == 0)
    }

    private static func lung(_ path: String) throws -> LungMask {
        let volume = try NIfTI.readVolume(TestData.url(path), unit: .hounsfield)
        return LungMask(of: AxisOrientation(nearestLPSOf: volume.geometry).reoriented(volume), threads: 2)
    }
}
