import DICOMCore
import DICOMFile
import DICOMImaging
import Foundation
import Geometry
import Imaging
import Testing

@Suite struct SeriesAssemblerTests {
    @Test("a stack in any file order becomes a volume along its normal, in Hounsfield units")
    func normalStack() throws {
        let series = try assemble(SyntheticSeries())
        #expect(series.volume.size == GridSize(width: 50, height: 37, depth: 20))
        #expect(series.volume.unit == .hounsfield)
        #expect(series.volume.geometry.spacing == SpacingMM(i: 0.6, j: 0.8, k: 2.5))
        #expect(series.volume.geometry.origin == PointMM(x: -20.5, y: -15.25, z: 100))
        #expect(series.volume.grid[7, 5, 3] == Float(1000 + 7 + 10 + 9 - 1024))
        #expect(series.volume.padding == nil)
        #expect(series.messages.isEmpty)
        #expect(series.grid.slices.map(\.imagePositionPatient).first == "-20.5\\-15.25\\100")
        #expect(series.grid.slices[19].instance.sopInstanceUID == SOPInstanceUID("1.2.840.99.1.2.20"))
        #expect(series.source.instances.count == 20)
    }

    @Test("padding becomes air, is marked, and is left out of statistics")
    func padding() throws {
        var synthetic = SyntheticSeries()
        synthetic.paddingValue = 0
        synthetic.value = { i, _, _ in i < 5 ? 0 : 1074 }
        let series = try assemble(synthetic)
        #expect(series.volume.grid[4, 0, 0] == -1024)
        #expect(series.volume.grid[5, 0, 0] == 50)
        #expect(series.volume.padding?[4, 9, 9] == 1)
        #expect(series.volume.padding?[5, 9, 9] == 0)
        let everything = LabelMap(
            geometry: series.grid.geometry, labels: [UInt16](repeating: 1, count: series.grid.size.count))
        #expect(series.measure(everything).first?.intensity?.mean == 50)
    }

    @Test("a padding range reaches from the value to its limit")
    func paddingRange() throws {
        var synthetic = SyntheticSeries()
        synthetic.paddingValue = 0
        synthetic.value = { i, _, _ in i }
        synthetic.change = { dataSet, _ in try dataSet.set(.pixelPaddingRangeLimit, int: 9) }
        let series = try assemble(synthetic)
        #expect(series.volume.padding?[9, 0, 0] == 1)
        #expect(series.volume.padding?[10, 0, 0] == 0)
    }

    @Test("values below -1100 HU that no padding value explains are clipped")
    func implausibleAir() throws {
        var synthetic = SyntheticSeries()
        synthetic.value = { i, _, _ in i < 5 ? 0 : 1074 }
        synthetic.change = { dataSet, _ in try dataSet.set(.rescaleIntercept, "-3024") }
        let series = try assemble(synthetic)
        #expect(series.messages.map(\.code) == [.implausibleAir])
        #expect(series.volume.grid[0, 0, 0] == -1024)
    }

    @Test("slopes per slice are applied per slice")
    func rescalePerSlice() throws {
        var synthetic = SyntheticSeries()
        synthetic.value = { _, _, _ in 1100 }
        synthetic.change = { dataSet, k in try dataSet.set(.rescaleSlope, k == 3 ? "2" : "1") }
        let series = try assemble(synthetic)
        #expect(series.volume.grid[0, 0, 2] == 76)
        #expect(series.volume.grid[0, 0, 3] == 1176)
        #expect(series.messages.map(\.code) == [.rescalePerSlice])
    }

    @Test("a tilted stack is straightened for the network and labels come back to the slices", arguments: [18.5, -12])
    func tilt(_ degrees: Double) throws {
        let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
        var synthetic = SyntheticSeries()
        synthetic.rows = 60
        synthetic.orientation = [1, 0, 0, 0, c, s]
        // A ball of soft tissue in patient space, cut by slices that the table moves along z.
        let centre = PointMM(x: -5, y: 8, z: 122)
        let radius = 6.0
        let origins = synthetic.origins
        synthetic.value = { (i: Int, j: Int, k: Int) -> Int in
            let down: Double = 0.8 * Double(j)
            let x: Double = origins[k][0] + 0.6 * Double(i)
            let point = PointMM(x: x, y: origins[k][1] + down * c, z: origins[k][2] + down * s)
            return (point - centre).length < radius ? 1064 : 24
        }
        let series = try assemble(synthetic)
        #expect(series.messages.map(\.code) == [.gantryTilt])
        let found = LabelMap(
            geometry: series.volume.geometry, labels: series.volume.voxels.map { $0 > -480 ? 1 : 0 })
        let network = try #require(RegionMeasurements.measure(found, of: series.volume).first)
        let source = try #require(series.measure(series.mapToSource(found)).first)
        #expect((network.centroid - centre).length < 0.4)
        #expect((source.centroid - centre).length < 0.4)
        let volumeML: Double = 4.0 / 3 * Double.pi * radius * radius * radius / 1000
        #expect(abs(source.volumeML / volumeML - 1) < 0.08, "\(source.volumeML)")
        #expect(abs(source.longAxisMM - 2 * radius) < 1.5)
    }

    @Test("uneven slices are resampled for the network and measured where they are")
    func unevenSpacing() throws {
        var synthetic = SyntheticSeries()
        let positions = SyntheticSeries.headPositionsMM
        synthetic.origins = positions.map { [-20.5, -15.25, $0] }
        synthetic.value = { _, _, k in 1024 + Int(positions[k] * 10) }
        let series = try assemble(synthetic)
        #expect(series.messages.map(\.code) == [.variableSpacing])
        #expect(series.volume.size.depth == 40)
        #expect(series.volume.geometry.spacing.k == 2.5)
        // Linear in z, so resampling must give the ramp back.
        #expect(abs(series.volume.grid[3, 3, 12] - 300) < 1e-2)
        let labels = LabelMap(
            geometry: series.volume.geometry, labels: [UInt16](repeating: 1, count: series.volume.size.count))
        let measured = try #require(series.measure(series.mapToSource(labels)).first)
        let extent = 2.5 / 2 + 97.5 + 7.5 / 2
        #expect(abs(measured.volumeML - extent * 0.48 * 50 * 37 / 1000) < 1e-6)
    }

    @Test(
        "the modality LUT of each MR slice is applied, also where it ends early and in both widths",
        arguments: [8, 16], [false, true])
    func modalityLUT(bits: Int, isSigned: Bool) throws {
        var synthetic = SyntheticSeries()
        // The table covers 100...103 and maps to 10, 20, 30, 40, plus the slice.
        let first = isSigned ? -2 : 100
        synthetic.value = { i, _, _ in i == 9 ? 7 : (first - 1 + i) & 0xFFFF }
        synthetic.paddingValue = 7
        synthetic.change = { dataSet, k in
            try dataSet.set(.sopClassUID, uid: SOPClassUID.mrImageStorage)
            try dataSet.set(.modality, "MR")
            try dataSet.set(.pixelRepresentation, int: isSigned ? 1 : 0)
            try Self.setModalityLUT([4, first & 0xFFFF, bits], (1...4).map { 10 * $0 + k }, in: dataSet)
        }
        let series = try assemble(synthetic)
        #expect(series.messages.map(\.code) == [.modalityLUT])
        for k in [0, 19] {
            let values = (0..<7).map { series.volume.grid[$0, 3, k] - Float(k) }
            #expect(values == [10, 10, 20, 30, 40, 40, 40])
        }
        #expect(series.volume.padding?[9, 0, 0] == 1)
    }

    @Test("a modality LUT that is not whole refuses the series")
    func unusableModalityLUT() throws {
        for descriptor in [[5, 0, 16], [4, 0, 32], [4, 0], [0, 0, 16]] {
            var synthetic = SyntheticSeries()
            synthetic.change = { dataSet, k in
                try dataSet.set(.sopClassUID, uid: SOPClassUID.mrImageStorage)
                try dataSet.set(.modality, "MR")
                try Self.setModalityLUT(k == 4 ? descriptor : [4, 0, 16], [1, 2, 3, 4], in: dataSet)
            }
            let refusal = try #require(throws: AssemblyRefusal.self) { try assemble(synthetic) }
            #expect(refusal.code == .unusableModalityLUT)
            #expect(refusal.message.text.contains("image 5"))
        }
    }

    private static func setModalityLUT(_ descriptor: [Int], _ data: [Int], in dataSet: DataSet) throws {
        let item = try dataSet.appendItem(.modalityLUTSequence)
        try item.set(.lutDescriptor, ints: descriptor)
        try item.set(.modalityLUTType, "US")
        // Entries of 8 bits, two to a word, the first one lower (PS3.3 §C.11.1.1.1).
        let words = descriptor.last == 8
            ? stride(from: 0, to: data.count, by: 2).map { data[$0] | data[$0 + 1] << 8 } : data
        try item.set(.lutData, ints: words)
    }

    @Test("a damaged slice refuses the series and says which")
    func undecodable() throws {
        try withTemporaryDirectory { directory in
            let files = try SyntheticSeries().write(to: directory)
            let bytes = try Data(contentsOf: files[4])
            try bytes.prefix(bytes.count - 100).write(to: files[4])
            let refusal = try #require(throws: AssemblyRefusal.self) { try SeriesAssembler().assemble(files: files) }
            #expect(refusal.code == .undecodable)
            #expect(refusal.disposition == .refused)
            #expect(refusal.source?.seriesInstanceUID == SeriesInstanceUID("1.2.840.99.1.2"))
        }
    }

    @Test("two patients under one series UID: nobody is told")
    func twoPatients() throws {
        var synthetic = SyntheticSeries()
        synthetic.change = { dataSet, k in try dataSet.set(.patientID, k < 10 ? "A" : "B") }
        let refusal = try #require(throws: AssemblyRefusal.self) { try assemble(synthetic) }
        #expect(refusal.code == .inconsistentIdentity)
        #expect(refusal.disposition == .answerNobody)
        #expect(refusal.source == nil)
        #expect(refusal.description == "VOL-E13 inconsistent patient under one series UID; nothing is sent to anybody")
    }

    @Test("equal pixels at one position are dropped, the higher instance number first")
    func duplicates() throws {
        try withTemporaryDirectory { directory in
            var files = try SyntheticSeries().write(to: directory.appending(path: "a"))
            var copy = SyntheticSeries()
            copy.change = { dataSet, k in
                try dataSet.set(.sopInstanceUID, "1.2.840.99.1.9.\(k)")
                try dataSet.set(.instanceNumber, int: 1000 + k)
            }
            files += try copy.write(to: directory.appending(path: "b"))
            let series = try SeriesAssembler().assemble(files: files)
            #expect(series.messages.map(\.description) == ["VOL-W03 20 duplicate slices ignored"])
            #expect(series.source.instances.allSatisfy { $0.sopInstanceUID.rawValue.hasPrefix("1.2.840.99.1.2.") })
        }
    }

    private func assemble(_ synthetic: SyntheticSeries) throws -> AssembledSeries {
        try withTemporaryDirectory { try SeriesAssembler().assemble(files: synthetic.write(to: $0)) }
    }
}
