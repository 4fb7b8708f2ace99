import Geometry
import Imaging
import Testing

@Suite struct RegionMeasurementsTests {
    private static let geometry = GridGeometry(
        size: GridSize(width: 14, height: 11, depth: 9), spacing: SpacingMM(i: 0.7, j: 0.9, k: 2.5),
        origin: PointMM(x: -20, y: 14, z: 300), iDirection: VectorMM(x: 0, y: 1, z: 0),
        jDirection: VectorMM(x: 0, y: 0, z: 1), kDirection: VectorMM(x: 1, y: 0, z: 0))

    @Test("Every figure equals that of a search over all voxels and pairs", arguments: [1, 2, 3, 4, 5, 6])
    func bruteForce(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let size = Self.geometry.size
        let components = ConnectedComponents(of: random.blobs(size), connectivity: .six)
        let map = LabelMap(
            geometry: Self.geometry, labels: components.labelGrid().elements.map { UInt16($0 * 7) })
        let padding = random.mask(size, density: 0.1)
        let volume = Volume(
            geometry: Self.geometry, voxels: random.values(size.count, in: -1000...400), unit: .hounsfield,
            padding: padding)
        let measured = RegionMeasurements.measure(map, of: volume)
        #expect(measured.map(\.label) == (1..<components.count + 1).map { UInt16($0 * 7) })
        for region in measured {
            let voxels = size.indices.filter { map.grid[$0] == region.label }
            try Self.check(region, voxels, volume) { Self.geometry.position($0) }
            #expect(abs(region.volumeML - Double(voxels.count) * Self.geometry.spacing.voxelVolumeML) < 1e-12)
        }
    }

    @Test("A tilted stack of uneven slices counts with its true places and thicknesses")
    func unevenStack() throws {
        var random = SplitMix64(seed: 9)
        let plane = GridGeometry(
            size: Self.geometry.size, spacing: Self.geometry.spacing, origin: PointMM(x: 1, y: 2, z: 3))
        let origins = [0, 1, 2, 4, 6, 9, 12, 17, 22].map { PointMM(x: 1, y: 2 + $0 / 3, z: 3 + $0) }
        let stack = SliceStack(plane: plane, origins: origins)
        let blob = random.blobs(plane.size)
        let map = LabelMap(geometry: plane, labels: blob.elements.map { UInt16($0) })
        let volume = Volume(geometry: plane, voxels: random.values(plane.size.count, in: 0...1), unit: .arbitrary)
        let region = try #require(RegionMeasurements.measure(map, of: volume, stack: stack).first)
        let voxels = plane.size.indices.filter { blob[$0] == 1 }
        try Self.check(region, voxels, volume) { stack.position($0) }
        let expected = voxels.reduce(0.0) { $0 + stack.thicknessesMM[$1.k] * 0.7 * 0.9 / 1000 }
        #expect(abs(region.volumeML - expected) < 1e-9)
    }

    @Test("A single voxel has no long axis; the lowest of equal slices is the key slice")
    func singleVoxel() throws {
        var map = LabelMap(geometry: Self.geometry)
        let index = VoxelIndex(i: 3, j: 4, k: 5)
        map.labels[map.size.offset(index)] = 65535
        map.labels[map.size.offset(VoxelIndex(i: 0, j: 0, k: 2))] = 2
        map.labels[map.size.offset(VoxelIndex(i: 0, j: 0, k: 3))] = 2
        let volume = Volume(
            geometry: Self.geometry, voxels: [Float](repeating: 7, count: map.size.count), unit: .arbitrary)
        let measured = RegionMeasurements.measure(map, of: volume)
        #expect(measured.map(\.keySlice) == [2, 5])
        #expect(measured[1].longAxisMM == 0)
        #expect(measured[1].longAxisStart == index && measured[1].longAxisEnd == index)
        #expect(measured[1].intensity?.standardDeviation == 0)
        #expect(measured[0].longAxisMM == 2.5)
    }

    @Test("A region of padding only has no intensities")
    func paddingOnly() throws {
        var map = LabelMap(geometry: Self.geometry)
        map.labels[5] = 1
        let volume = Volume(
            geometry: Self.geometry, voxels: [Float](repeating: -1024, count: map.size.count), unit: .hounsfield,
            padding: Mask(size: map.size, repeating: 1))
        #expect(try #require(RegionMeasurements.measure(map, of: volume).first).intensity == nil)
    }

    @Test("Nothing labelled, nothing measured")
    func empty() {
        let volume = Volume(
            geometry: Self.geometry, voxels: [Float](repeating: 0, count: Self.geometry.size.count), unit: .arbitrary)
        #expect(RegionMeasurements.measure(LabelMap(geometry: Self.geometry), of: volume).isEmpty)
    }

    private static func check(
        _ region: RegionMeasurements, _ voxels: [VoxelIndex], _ volume: Volume, _ position: (VoxelIndex) -> PointMM
    ) throws {
        let points = voxels.map(position)
        var longest = 0.0
        for a in points { for b in points { longest = max(longest, (a - b).length) } }
        #expect(region.voxelCount == voxels.count)
        #expect(abs(region.longAxisMM - longest) < 1e-9)
        #expect(abs((position(region.longAxisStart) - position(region.longAxisEnd)).length - longest) < 1e-9)
        let sum = points.reduce(VectorMM(x: 0, y: 0, z: 0)) { $0 + ($1 - PointMM(x: 0, y: 0, z: 0)) }
        let centroid = PointMM(x: 0, y: 0, z: 0) + sum * (1 / Double(points.count))
        #expect((region.centroid - centroid).length < 1e-9)
        let boxes = voxels.map { VoxelBox(lower: $0, upper: $0.moved((1, 1, 1))) }
        #expect(region.boundingBox == boxes.dropFirst().reduce(boxes[0]) { $0.union($1) })
        let areas = Dictionary(grouping: voxels, by: \.k).mapValues(\.count)
        #expect(region.keySlice == areas.filter { $0.value == areas.values.max() }.keys.min())
        let values = voxels.filter { volume.padding?[$0] != 1 }.map { Double(volume.grid[$0]) }
        let intensity = try #require(region.intensity)
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        #expect(abs(intensity.mean - mean) < 1e-6)
        #expect(abs(intensity.standardDeviation - variance.squareRoot()) < 1e-6)
        #expect(Double(intensity.minimum) == values.min())
        #expect(Double(intensity.maximum) == values.max())
    }
}
