import Foundation
import Geometry
import Imaging
import Testing

@Suite struct NIfTITests {
    /// Oblique, with axes far from RAS and LPS.
    private static let geometry = GridGeometry(
        size: GridSize(width: 5, height: 4, depth: 3), spacing: SpacingMM(i: 0.75, j: 1.25, k: 3),
        origin: PointMM(x: -12.5, y: 33.25, z: -801), iDirection: VectorMM(x: 0, y: 0.6, z: -0.8),
        jDirection: VectorMM(x: 1, y: 0, z: 0), kDirection: VectorMM(x: 0, y: -0.8, z: -0.6))

    @Test("A volume comes back with its values and its place", arguments: ["a.nii", "a.nii.gz"])
    func volumeRoundTrip(_ name: String) throws {
        var random = SplitMix64(seed: 6)
        let volume = Volume(geometry: Self.geometry, voxels: random.values(60, in: -3024...3071), unit: .hounsfield)
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent(name)
            try NIfTI.write(volume, to: url)
            let read = try NIfTI.readVolume(url, unit: .hounsfield)
            #expect(read.voxels == volume.voxels)
            #expect(read.geometry.coincides(with: volume.geometry, toleranceMM: 1e-4))
        }
    }

    @Test("Labels up to 65535 come back")
    func labelRoundTrip() throws {
        let map = LabelMap(geometry: Self.geometry, labels: (0..<60).map { UInt16($0 * 1000 + 5535) })
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("labels.nii.gz")
            try NIfTI.write(map, to: url)
            #expect(try NIfTI.readLabelMap(url).labels == map.labels)
        }
    }

    @Test("The header is NIfTI-1 with both forms in RAS")
    func header() throws {
        let bytes = try Self.file()
        #expect(bytes.count == 352 + 60 * 4)
        #expect(bytes.load(at: 0, as: Int32.self) == 348)
        #expect(Array(bytes[344..<348]) == Array("n+1\0".utf8))
        #expect((0..<4).map { bytes.load(at: 40 + 2 * $0, as: Int16.self) } == [3, 5, 4, 3])
        // srow_x: patient x is along j, and RAS turns its sign.
        #expect((0..<4).map { bytes.load(at: 280 + 4 * $0, as: Float.self) } == [0, -1.25, 0, 12.5])
        #expect(bytes.load(at: 252, as: Int16.self) == 1 && bytes.load(at: 254, as: Int16.self) == 1)
    }

    @Test("The qform alone gives the same place")
    func quaternion() throws {
        var bytes = try Self.file()
        bytes.store(Int16(0), at: 254)
        let read = try Self.read(bytes)
        #expect(read.geometry.coincides(with: Self.geometry, toleranceMM: 1e-3))
    }

    @Test("The other byte order is read")
    func byteOrder() throws {
        let native = try Self.file()
        var bytes = native
        func swap(_ offset: Int, _ width: Int, count: Int = 1) {
            for n in 0..<count { bytes[offset + n * width..<offset + (n + 1) * width].reverse() }
        }
        swap(0, 4)
        swap(32, 4)
        swap(36, 2)
        swap(40, 2, count: 8)
        swap(56, 4, count: 3)
        swap(68, 2, count: 4)
        swap(76, 4, count: 11)
        swap(120, 2)
        swap(124, 4, count: 6)
        swap(252, 2, count: 2)
        swap(256, 4, count: 18)
        swap(352, 4, count: 60)
        let swapped = try Self.read(bytes)
        let expected = try Self.read(native)
        #expect(swapped.voxels == expected.voxels)
        #expect(swapped.geometry == expected.geometry)
    }

    @Test("Stored integers are scaled by slope and intercept")
    func scaling() throws {
        var bytes = Array(try Self.file().prefix(352))
        bytes.store(Int16(4), at: 70)
        bytes.store(Int16(16), at: 72)
        bytes.store(Float(0.5), at: 112)
        bytes.store(Float(-1024), at: 116)
        for n in 0..<60 { bytes += withUnsafeBytes(of: Int16(n * 100 - 3000)) { Array($0) } }
        #expect(try Self.read(bytes).voxels == (0..<60).map { Float($0 * 50 - 1500 - 1024) })
    }

    /// What was done to a good file, and what it must lead to.
    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: NIfTIError.Code
        let apply: @Sendable (inout [UInt8]) -> Void

        init(_ description: String, _ code: NIfTIError.Code, _ apply: @escaping @Sendable (inout [UInt8]) -> Void) {
            testDescription = description
            self.code = code
            self.apply = apply
        }
    }

    static let damages = [
        Damage("empty", .notNIfTI) { $0 = [] },
        Damage("half a header", .notNIfTI) { $0.removeLast($0.count - 170) },
        Damage("header size", .notNIfTI) { $0.store(Int32(540), at: 0) },
        Damage("two-file magic", .notNIfTI) { $0[345] = UInt8(ascii: "i") },
        Damage("offset before the header's end", .notNIfTI) { $0.store(Float(12), at: 108) },
        Damage("offset not a number", .notNIfTI) { $0.store(Float.nan, at: 108) },
        Damage("offset beyond the file", .truncated) { $0.store(Float(1e6), at: 108) },
        Damage("one byte short", .truncated) { $0.removeLast() },
        Damage("no dimensions", .unsupportedSize) { $0.store(Int16(0), at: 40) },
        Damage("eight dimensions", .unsupportedSize) { $0.store(Int16(8), at: 40) },
        Damage("a negative extent", .unsupportedSize) { $0.store(Int16(-5), at: 42) },
        Damage("several volumes", .unsupportedSize) {
            $0.store(Int16(4), at: 40)
            $0.store(Int16(2), at: 48)
        },
        Damage("too many voxels", .unsupportedSize) { bytes in
            for axis in 1...3 { bytes.store(Int16.max, at: 40 + 2 * axis) }
        },
        Damage("more voxels than the file holds", .truncated) { bytes in
            for axis in 1...3 { bytes.store(Int16(1024), at: 40 + 2 * axis) }
        },
        Damage("RGB", .unsupportedDataType) { $0.store(Int16(128), at: 70) },
        Damage("bits that do not fit the type", .unsupportedDataType) { $0.store(Int16(8), at: 72) },
        Damage("neither form", .unusableGeometry) { $0.store(Int32(0), at: 252) },
        Damage("a sheared sform", .unusableGeometry) { $0.store(Float(0.2), at: 280) },
        Damage("a zero axis", .unusableGeometry) { bytes in
            for row in 0..<3 { bytes.store(Float(0), at: 280 + 16 * row) }
        },
        Damage("an infinite origin", .unusableGeometry) { $0.store(Float.infinity, at: 292) },
    ]

    @Test("Damaged files are refused with the right code", arguments: damages)
    func damaged(_ damage: Damage) throws {
        var bytes = try Self.file()
        damage.apply(&bytes)
        let error = #expect(throws: NIfTIError.self) { try Self.read(bytes) }
        #expect(error?.code == damage.code)
    }

    @Test("A cut gzip stream is refused")
    func cutGzip() throws {
        var random = SplitMix64(seed: 7)
        let geometry = GridGeometry(
            size: GridSize(width: 30, height: 30, depth: 30), spacing: SpacingMM(i: 1, j: 1, k: 1),
            origin: PointMM(x: 0, y: 0, z: 0))
        let volume = Volume(geometry: geometry, voxels: random.values(27_000, in: 0...1), unit: .arbitrary)
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("a.nii.gz")
            try NIfTI.write(volume, to: url)
            try Data(contentsOf: url).prefix(20_000).write(to: url)
            let error = #expect(throws: NIfTIError.self) { try NIfTI.readVolume(url, unit: .arbitrary) }
            #expect(error?.code == .truncated)
        }
    }

    @Test("A missing file, a folder and an unwritable place are input or output errors")
    func inputOutput() throws {
        try withTemporaryFolder { folder in
            let missing = #expect(throws: NIfTIError.self) {
                try NIfTI.readVolume(folder.appendingPathComponent("none.nii"), unit: .arbitrary)
            }
            #expect(missing?.code == .inputOutput)
            #expect(throws: NIfTIError.self) { try NIfTI.readVolume(folder, unit: .arbitrary) }
            let map = LabelMap(geometry: Self.geometry)
            let unwritable = #expect(throws: NIfTIError.self) {
                try NIfTI.write(map, to: folder.appendingPathComponent("no/such/folder.nii"))
            }
            #expect(unwritable?.code == .inputOutput)
        }
    }

    @Test("Fractions, negative and large numbers are no labels", arguments: [Float(0.5), -1, 65536, .nan])
    func notLabels(_ value: Float) throws {
        var bytes = try Self.file(value: 3)
        bytes.store(value, at: 352 + 4 * 17)
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("a.nii")
            try Data(bytes).write(to: url)
            let error = #expect(throws: NIfTIError.self) { try NIfTI.readLabelMap(url) }
            #expect(error?.code == .notLabels)
        }
    }

    @Test("The lung labels of the chest CT lie on its DICOM grid", .enabled(if: TestData.isPresent))
    func chestLabels() throws {
        let map = try NIfTI.readLabelMap(TestData.url("ct_chest_cmbcrc/labels/lung_helper.nii.gz"))
        // As the headers of the series give it: feet to head, 0.898 x 0.898 x 2.5 mm.
        #expect(map.size == GridSize(width: 512, height: 512, depth: 100))
        #expect(abs(map.geometry.spacing.i - 0.898438) < 1e-5)
        #expect(abs(map.geometry.spacing.k - 2.5) < 1e-5)
        let lung = map.labels.reduce(0) { $0 + ($1 == 0 ? 0 : 1) }
        #expect((1000.0...8000).contains(Double(lung) * map.geometry.spacing.voxelVolumeML))
    }

    private static func file(value: Float = 1.5) throws -> [UInt8] {
        let volume = Volume(geometry: geometry, voxels: [Float](repeating: value, count: 60), unit: .arbitrary)
        return try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("a.nii")
            try NIfTI.write(volume, to: url)
            return Array(try Data(contentsOf: url))
        }
    }

    private static func read(_ bytes: [UInt8]) throws -> Volume {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("a.nii")
            try Data(bytes).write(to: url)
            return try NIfTI.readVolume(url, unit: .arbitrary)
        }
    }
}

extension [UInt8] {
    fileprivate func load<T: BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }

    fileprivate mutating func store<T: BitwiseCopyable>(_ value: T, at offset: Int) {
        withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: offset, as: T.self) }
    }
}
