import DICOMCore
import DICOMFile
import Foundation
import Testing

@Suite struct DataSetTests {
    /// Writes and reads back.
    private func reread(_ dataSet: DataSet, _ syntax: TransferSyntax = .explicitVRLittleEndian) throws -> DataSet {
        let folder = try TemporaryFolder()
        try dataSet.set(.sopClassUID, "1.2.840.10008.5.1.4.1.1.2")
        try dataSet.set(.sopInstanceUID, "2.25.42")
        try dataSet.write(to: folder.file("set.dcm"), transferSyntax: syntax)
        return try DICOMFile(reading: folder.file("set.dcm")).dataSet
    }

    @Test("values of every kind survive a file", arguments: [
        TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian,
    ])
    func roundTrip(syntax: TransferSyntax) throws {
        let built = try DataSet()
        try built.set(.patientName, "Doe^Jane")
        try built.set(.imageType, strings: ["ORIGINAL", "PRIMARY", "AXIAL"])
        try built.set(.rows, int: 512)
        try built.set(.instanceNumber, int: -7)
        try built.set(.pixelPaddingValue, int: -2000)
        try built.set(.imagePositionPatient, doubles: [-123.456, 0, 1e-7])
        try built.set(.diffusionBValue, double: 1000.25)
        try built.set(.dimensionIndexValues, ints: [1, 70_000, 4_294_967_295])
        try built.set(.dimensionIndexPointer, tag: .imagePositionPatient)
        try built.setEmpty(.accessionNumber)
        try built.set(.derivationCodeSequence, code: CodedEntry("113076", "DCM", "Segmentation"))
        let read = try reread(built, syntax)
        #expect(read.string(.patientName) == "Doe^Jane")
        #expect(read.strings(.imageType) == ["ORIGINAL", "PRIMARY", "AXIAL"])
        #expect(read.string(.imageType) == "ORIGINAL\\PRIMARY\\AXIAL")
        #expect(read.int(.rows) == 512)
        #expect(read.int(.instanceNumber) == -7)
        #expect(Int16(truncatingIfNeeded: try #require(read.int(.pixelPaddingValue))) == -2000)
        #expect(read.doubles(.imagePositionPatient) == [-123.456, 0, 1e-7])
        #expect(read.double(.diffusionBValue) == 1000.25)
        #expect(read.ints(.dimensionIndexValues) == [1, 70_000, 4_294_967_295])
        #expect(read.ints(.dimensionIndexPointer) == [0x0020, 0x0032])
        #expect(read.contains(.accessionNumber) && read.string(.accessionNumber) == nil)
        #expect(read.items(.derivationCodeSequence).map { $0.string(.codeMeaning) } == ["Segmentation"])
        #expect(read.uid(.sopInstanceUID) == SOPInstanceUID("2.25.42"))
    }

    @Test("absent, empty and unfitting values are nil or empty, never a trap")
    func leniency() throws {
        let set = try DataSet()
        try set.set(.imageOrientationPatient, "1\\0\\zero\\0\\1\\0")
        try set.set(.sliceThickness, "nan")
        try set.set(.windowCenter, " 40.5 \\ -10")
        try set.set(.instanceNumber, "12")
        try set.set(.seriesDescription, "  ")
        try set.set(.studyInstanceUID, "1.2/../3")
        #expect(set.doubles(.imageOrientationPatient) == [])
        #expect(set.double(.sliceThickness) == nil)
        #expect(set.doubles(.windowCenter) == [40.5, -10])
        #expect(set.ints(.windowCenter) == [])
        #expect(set.int(.instanceNumber) == 12)
        #expect(set.string(.seriesDescription) == nil && set.strings(.seriesDescription) == [])
        #expect(set.uid(.studyInstanceUID) as StudyInstanceUID? == nil)
        #expect(set.string(.patientID) == nil && !set.contains(.patientID))
        #expect(set.items(.patientID).isEmpty && set.items(.segmentSequence).isEmpty)
        #expect(set.bytes(.pixelData) == nil)
        #expect(set.int(.patientName) == nil)
    }

    @Test("text that is not UTF-8 is read as ISO 8859-1, and copied byte by byte")
    func characterSets() throws {
        let folder = try TemporaryFolder()
        let set = try DataSet()
        try set.set(.patientName, "MARKER")
        try set.set(.sopInstanceUID, "2.25.1")
        try set.write(to: folder.file("a.dcm"))
        var bytes = [UInt8](try Data(contentsOf: folder.file("a.dcm")))
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: "MARKER".utf8) })
        bytes[start] = 0xE9
        let read = try DICOMFile(reading: try folder.file("b.dcm", holding: bytes)).dataSet
        #expect(read.string(.patientName) == "\u{E9}ARKER")
        let copy = try DataSet()
        #expect(try copy.copy(.patientName, from: read))
        #expect(try !copy.copy(.patientID, from: read) && !copy.contains(.patientID))
        #expect(copy.bytes(.patientName) == [0xE9] + Array("ARKER".utf8))
    }

    @Test("a decimal string has at most 16 characters and is as close as they allow", arguments: [
        (0.0, "0"), (1.0, "1"), (-1.0, "-1"), (0.1, "0.1"), (2.5, "2.5"), (-1024, "-1024"), (1e-7, "1e-07"),
        (1e20, "1e+20"), (0.9765625, "0.9765625"), (-123.4567891234, "-123.4567891234"),
        (1.0 / 3, "0.33333333333333"), (-1.0 / 3, "-0.3333333333333"), (-123.456789123456789, "-123.45678912346"),
        (1.23456789012345e-100, "1.23456789e-100"), (-1.7976931348623157e308, "-1.79769313e+308"),
    ])
    func decimalStrings(value: Double, expected: String) throws {
        let set = try DataSet()
        try set.set(.sliceLocation, double: value)
        let text = try #require(set.string(.sliceLocation))
        #expect(text.utf8.count <= 16)
        #expect(text == expected)
    }

    @Test("what the dictionary does not allow is an error")
    func refusals() throws {
        let set = try DataSet()
        func code(_ body: (DataSet) throws -> Void) -> DICOMFileError.Code? { dicomFileError { try body(set) }?.code }
        #expect(code { try $0.set(Tag(0x0009, 0x1001), "private") } == .invalidValue)
        #expect(code { try $0.set(.rows, "512") } == .invalidValue)
        #expect(code { try $0.set(.rows, int: 65_536) } == .invalidValue)
        #expect(code { try $0.set(.rows, int: -1) } == .invalidValue)
        #expect(code { try $0.set(.instanceNumber, int: 1 << 31) } == .invalidValue)
        #expect(code { try $0.set(.patientName, int: 1) } == .invalidValue)
        #expect(code { try $0.set(.rows, double: 1) } == .invalidValue)
        #expect(code { try $0.set(.sliceThickness, double: .nan) } == .invalidValue)
        #expect(code { try $0.set(.sliceThickness, double: .infinity) } == .invalidValue)
        #expect(code { _ = try $0.appendItem(.patientID) } == .invalidValue)
        #expect(code { try $0.set(.rows, tag: .columns) } == .invalidValue)
        #expect(code { try $0.setPixelData(byteCount: 3, bitsAllocated: 8) { _ in } } == .invalidValue)
        #expect(code { try $0.setPixelData(byteCount: 1 << 32, bitsAllocated: 8) { _ in } } == .invalidValue)
        #expect(!set.contains(.rows) && !set.contains(.patientName) && !set.contains(.pixelData))
    }

    @Test("setting again replaces; items keep their root alive and come in order")
    func items() throws {
        func sequence() throws -> [DataSet] {
            let set = try DataSet()
            try set.set(.segmentDescription, "first")
            try set.set(.segmentDescription, "second")
            #expect(set.string(.segmentDescription) == "second")
            for number in 1...5 { try set.appendItem(.segmentSequence).set(.segmentNumber, int: number) }
            return set.items(.segmentSequence)
        }
        #expect(try sequence().map { $0.int(.segmentNumber) } == [1, 2, 3, 4, 5])
    }

    @Test("sequences and binary values are copied whole")
    func copies() throws {
        let source = try DataSet()
        let item = try source.appendItem(.modalityLUTSequence)
        try item.set(.lutDescriptor, ints: [3, 0, 16])
        try item.set(.modalityLUTType, "HU")
        let target = try DataSet()
        try target.copy(.modalityLUTSequence, from: source)
        try item.set(.modalityLUTType, "US")
        let copied = try #require(target.items(.modalityLUTSequence).first)
        #expect(copied.ints(.lutDescriptor) == [3, 0, 16])
        #expect(copied.string(.modalityLUTType) == "HU")
    }

    @Test("a file on a full disk or in no folder is an error")
    func unwritable() throws {
        let set = try SyntheticImage(bytes: [UInt8](repeating: 0, count: 30)).dataSet()
        #expect(dicomFileError { try set.write(to: URL(fileURLWithPath: "/dev/full")) }?.code == .inaccessible)
        #expect(dicomFileError { try set.write(to: URL(fileURLWithPath: "/nowhere/a.dcm")) }?.code == .inaccessible)
        let folder = try TemporaryFolder()
        let error = dicomFileError { try set.write(to: folder.file("a.dcm"), transferSyntax: .jpeg2000) }
        #expect(error?.code == .unsupportedTransferSyntax)
        try set.write(to: folder.file("b.dcm"))
        #expect(try DICOMFile(reading: folder.file("b.dcm")).frame(0).values.count == 15)
    }

    @Test("meta information names class, instance and syntax")
    func metaInformation() throws {
        let file = try SyntheticImage(bytes: [UInt8](repeating: 0, count: 30)).file(in: TemporaryFolder())
        #expect(file.metaInformation.string(.mediaStorageSOPClassUID) == "1.2.840.10008.5.1.4.1.1.2")
        #expect(file.metaInformation.string(.mediaStorageSOPInstanceUID) == "2.25.42")
        #expect(file.transferSyntax == TransferSyntax.explicitVRLittleEndian.uid)
        #expect(file.sopClassUID == SOPClassUID("1.2.840.10008.5.1.4.1.1.2"))
        #expect(file.sopInstanceUID == SOPInstanceUID("2.25.42"))
    }

    @Test("the functional groups of 6000 frames are built and written fast, and read back")
    func manyItems() throws {
        let set = try DataSet()
        let clock = ContinuousClock()
        let built = try clock.measure {
            for frame in 0..<6000 { try Self.addFunctionalGroups(frame, to: set) }
        }
        try set.set(.sopClassUID, "1.2.840.10008.5.1.4.1.1.66.4")
        try set.set(.sopInstanceUID, "2.25.6000")
        let folder = try TemporaryFolder()
        let written = try clock.measure { try set.write(to: folder.file("many.dcm")) }
        let read = try DICOMFile(reading: folder.file("many.dcm"))
        let groups = read.dataSet.items(.perFrameFunctionalGroupsSequence)
        #expect(groups.count == 6000)
        #expect(groups.last?.items(.frameContentSequence).first?.ints(.dimensionIndexValues) == [10, 600])
        print("6000 functional groups: built in \(built), written in \(written)")
        #expect(built < .seconds(3))
    }

    private static func addFunctionalGroups(_ frame: Int, to set: DataSet) throws {
        let groups = try set.appendItem(.perFrameFunctionalGroupsSequence)
        try groups.appendItem(.frameContentSequence)
            .set(.dimensionIndexValues, ints: [frame / 600 + 1, frame % 600 + 1])
        try groups.appendItem(.planePositionSequence).set(.imagePositionPatient, "-250.5\\-250.5\\\(frame % 600)")
        try groups.appendItem(.segmentIdentificationSequence).set(.referencedSegmentNumber, int: frame / 600 + 1)
        let derivation = try groups.appendItem(.derivationImageSequence)
        try derivation.set(.derivationCodeSequence, code: CodedEntry("113076", "DCM", "Segmentation"))
        let source = try derivation.appendItem(.sourceImageSequence)
        try source.set(.referencedSOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
        try source.set(.referencedSOPInstanceUID, "1.2.3.4.5.6.7.8.9.\(frame % 600)")
        try source.set(.spatialLocationsPreserved, "YES")
        let purpose = CodedEntry("121322", "DCM", "Source image for image processing operation")
        try source.set(.purposeOfReferenceCodeSequence, code: purpose)
    }
}
