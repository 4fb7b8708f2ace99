import Geometry
import Imaging
import Testing

@Suite struct ChestPhantomTests {
    /// The whole chest on 2 x 2 x 5 mm.
    static let small = ChestPhantom(
        seed: 1, size: GridSize(width: 180, height: 180, depth: 52), spacing: SpacingMM(i: 2, j: 2, k: 5), threads: 2)

    @Test("The same seed gives the same voxels on any number of threads; another seed does not")
    func determinism() {
        let size = GridSize(width: 90, height: 90, depth: 26)
        func phantom(_ seed: UInt64, threads: Int) -> ChestPhantom {
            ChestPhantom(seed: seed, size: size, spacing: SpacingMM(i: 4, j: 4, k: 10), threads: threads)
        }
        let first = phantom(7, threads: 1)
        let again = phantom(7, threads: 3)
        #expect(first.volume.voxels == again.volume.voxels)
        #expect(first.nodules == again.nodules)
        let other = phantom(8, threads: 3)
        #expect(first.volume.voxels != other.volume.voxels)
        #expect(first.nodules != other.nodules)
    }

    @Test("Voxels are what a scanner stores: whole numbers of 12 bits, in LPS order around the chest's middle")
    func values() {
        let volume = Self.small.volume
        #expect(volume.voxels.allSatisfy { $0 == $0.rounded() && $0 >= -1024 && $0 <= 3071 })
        #expect(AxisOrientation(nearestLPSOf: volume.geometry).isIdentity)
        #expect((volume.geometry.centre - PointMM(x: 0, y: 0, z: 0)).length < 1e-9)
    }

    @Test("Every kind and size of nodule is there for many seeds", arguments: 1...12 as ClosedRange<UInt64>)
    func nodules(_ seed: UInt64) {
        // Placement needs the grid's extent, not its voxels.
        let phantom = ChestPhantom(
            seed: seed, size: GridSize(width: 36, height: 36, depth: 26), spacing: SpacingMM(i: 10, j: 10, k: 10))
        #expect(phantom.nodules.map { $0.diameterMM.rounded() } == [25, 18, 16, 13, 10, 8, 7, 6, 5, 4])
        #expect(Set(phantom.nodules.map(\.kind)) == Set(PhantomNodule.Kind.allCases))
        for nodule in phantom.nodules {
            #expect(nodule.side == (nodule.centre.x > 0 ? .left : .right))
            let sphereML = nodule.diameterMM * nodule.diameterMM * nodule.diameterMM * Double.pi / 6000
            #expect(nodule.volumeML < sphereML * 1.01 && nodule.volumeML > sphereML * 0.3)
            for other in phantom.nodules where other != nodule {
                #expect((other.centre - nodule.centre).length > (other.diameterMM + nodule.diameterMM) / 2)
            }
        }
    }

    @Test("Nodules have the intensity and, by threshold, the volume that the truth says")
    func truth() throws {
        let phantom = ChestPhantom(
            seed: 3, size: GridSize(width: 256, height: 200, depth: 120), spacing: SpacingMM(i: 1.2, j: 1.2, k: 2),
            threads: 2)
        let volume = phantom.volume
        for nodule in phantom.nodules where nodule.diameterMM > 12 && nodule.kind != .pleural {
            let radius = nodule.diameterMM / 2
            var inner: [Double] = []
            var excess = 0.0
            for index in volume.size.indices {
                let distance = (volume.geometry.position(index) - nodule.centre).length
                let value = Double(volume.grid[index])
                if distance < radius * 0.6 { inner.append(value) }
                // The share of nodule in a voxel is its excess over lung; vessels around a solid one are left out.
                if distance < radius + 1.5 { excess += min(1, max(0, (value + 700) / (nodule.meanHU + 700))) }
            }
            let mean = inner.reduce(0, +) / Double(inner.count)
            if nodule.kind == .solid {
                #expect(abs(mean - nodule.meanHU) < 8)
                #expect(abs(excess * volume.geometry.spacing.voxelVolumeML / nodule.volumeML - 1) < 0.12)
            } else {
                // Ground glass lets vessels show through.
                #expect(abs(mean - nodule.meanHU) < 60)
            }
        }
    }

    @Test("Lung, fat, soft tissue and bone have their places in the histogram")
    func histogram() {
        let voxels = Self.small.volume.voxels
        func share(_ range: ClosedRange<Float>) -> Double {
            Double(voxels.count { range.contains($0) }) / Double(voxels.count)
        }
        #expect(share(-1024 ... -930) > 0.3)
        #expect(share(-930 ... -780) > 0.08)
        #expect(share(-150 ... -60) > 0.03)
        #expect(share(0...100) > 0.1)
        #expect(share(300...1500) > 0.002)
    }

    @Test("What does not fit on a small grid is cut off, nodules included")
    func smallGrid() {
        let phantom = ChestPhantom(
            seed: 1, size: GridSize(width: 64, height: 64, depth: 8), spacing: SpacingMM(i: 2, j: 2, k: 2.5))
        #expect(phantom.volume.size.depth == 8)
        for nodule in phantom.nodules { #expect(abs(nodule.centre.z) + nodule.diameterMM / 2 < 10) }
    }
}
