import DICOMCore
import DICOMFile
import Foundation
import Testing

/// Files as they must not be: every one gives an error or a data set, and the process lives.
@Suite struct HostileFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Reads everything that a file has, as far as it goes.
    private func readAll(_ url: URL) throws {
        let file = try DICOMFile(reading: url)
        visit(file.dataSet)
        let format = try file.pixelFormat()
        for index in 0..<min(format.frameCount, 3) {
            if format.bitsAllocated == 1 { _ = try file.bitFrame(index) } else { _ = try file.frame(index) }
        }
    }

    private func visit(_ dataSet: DataSet) {
        for tag in [Tag.imagePositionPatient, .rows, .patientName, .pixelPaddingValue, .imageType, .lutData] {
            _ = (dataSet.string(tag), dataSet.strings(tag), dataSet.ints(tag), dataSet.doubles(tag), dataSet.bytes(tag))
        }
        let sequences = [Tag.perFrameFunctionalGroupsSequence, .sharedFunctionalGroupsSequence, .contentSequence]
        for sequence in sequences { dataSet.items(sequence).forEach(visit) }
    }

    private func code(_ bytes: some Sequence<UInt8>) throws -> DICOMFileError.Code? {
        let url = try folder.file("hostile.dcm", holding: bytes)
        return dicomFileError { try readAll(url) }?.code
    }

    @Test("what is not there, not readable or not DICOM")
    func notDICOM() throws {
        #expect(dicomFileError { try readAll(folder.file("absent.dcm")) }?.code == .inaccessible)
        #expect(dicomFileError { try readAll(folder.url) } != nil)
        #expect(try code([]) != nil)
        #expect(try code(Array("not DICOM at all".utf8)) == .notDICOM)
        #expect(try code([UInt8](repeating: 0, count: 5000)) == .notDICOM)
        #expect(try code((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 167) }) == .notDICOM)
        #expect(try code([UInt8](repeating: 0, count: 128) + "DICM".utf8) != nil)
        #expect(dicomFileError { try readAll(URL(fileURLWithPath: "/dev/zero")) } != nil)
    }

    @Test("a file cut anywhere behind its header is truncated")
    func truncated() throws {
        let image = SyntheticImage(rows: 64, columns: 64, bytes: [UInt8](repeating: 1, count: 8192))
        try image.dataSet().write(to: folder.file("whole.dcm"))
        let whole = [UInt8](try Data(contentsOf: folder.file("whole.dcm")))
        #expect(try code(whole) == nil)
        for missing in [1, 2, 4096, 8191, 8192, 8193, 8200] {
            #expect(try code(whole.dropLast(missing)) == .truncated, "\(missing) bytes missing")
        }
        for length in stride(from: 0, to: whole.count, by: 7) {
            #expect(try code(whole.prefix(length)) != nil, "\(length) bytes left")
        }
    }

    @Test("pixel data shorter than the image is truncated")
    func shortPixelData() throws {
        try SyntheticImage(rows: 64, columns: 64, bytes: [UInt8](repeating: 1, count: 8190)).dataSet()
            .write(to: folder.file("short.dcm"))
        #expect(dicomFileError { try readAll(folder.file("short.dcm")) }?.code == .truncated)
    }

    @Test("absurd images are refused before anything is allocated", arguments: [
        (Tag.rows, 0), (.rows, 65535), (.bitsAllocated, 32), (.bitsAllocated, 12), (.bitsStored, 17), (.bitsStored, 0),
        (.highBit, 16), (.highBit, 3), (.samplesPerPixel, 3), (.numberOfFrames, 0), (.numberOfFrames, -5),
        (.numberOfFrames, 2_147_483_647),
    ])
    func absurd(tag: Tag, value: Int) throws {
        let set = try SyntheticImage(columns: 65535, bytes: [0, 0]).dataSet()
        try set.set(tag, int: value)
        try set.write(to: folder.file("absurd.dcm"))
        let code = dicomFileError { try readAll(folder.file("absurd.dcm")) }?.code
        #expect(code == .unsupportedImage || (tag == .numberOfFrames && value > 0 && code == .truncated))
    }

    @Test("sequences nested a million deep do not overflow the stack")
    func nesting() throws {
        var bytes = try header()
        let level: [UInt8] = [0x08, 0x00, 0x15, 0x11, 0x53, 0x51, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
            0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF]
        bytes.reserveCapacity(bytes.count + level.count * 1_000_000)
        for _ in 0..<1_000_000 { bytes += level }
        #expect(try code(bytes) == .malformed)
    }

    @Test("sequences nested as deep as reports go are read")
    func honestNesting() throws {
        let root = try DataSet()
        try root.set(.sopInstanceUID, "2.25.7")
        var item = root
        for _ in 0..<30 { item = try item.appendItem(.contentSequence) }
        try item.set(.textValue, "deep")
        try root.write(to: folder.file("deep.dcm"))
        item = try DICOMFile(reading: folder.file("deep.dcm")).dataSet
        for _ in 0..<30 { item = try #require(item.items(.contentSequence).first) }
        #expect(item.string(.textValue) == "deep")
    }

    @Test("lengths beyond the end of the file", arguments: [UInt32(0x7FFF_FFFE), 0xFFFF_FFFE, 0x1000_0000, 5000])
    func lengths(length: UInt32) throws {
        let little = (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
        let pixelData: [UInt8] = [0xE0, 0x7F, 0x10, 0x00, 0x4F, 0x57, 0, 0] + little + [1, 2, 3, 4]
        let sequence: [UInt8] = [0x08, 0x00, 0x15, 0x11, 0x53, 0x51, 0, 0] + little + [0xFE, 0xFF, 0x00, 0xE0] + little
        #expect(try code(try header() + pixelData) == .truncated)
        #expect(try code(try header() + sequence) != nil)
    }

    /// Preamble and meta information of a data set without elements.
    private func header() throws -> [UInt8] {
        let empty = try DataSet()
        try empty.set(.sopInstanceUID, "2.25.1")
        try empty.write(to: folder.file("header.dcm"))
        let bytes = [UInt8](try Data(contentsOf: folder.file("header.dcm")))
        return bytes.dropLast(8 + 6).map(\.self)
    }

    @Test("byte flips and cuts of real files never crash", .enabled(if: TestData.hasSyntaxes), arguments: [
        "pydicom/emri_small.dcm", "pydicom/emri_small_RLE.dcm", "pydicom/emri_small_jpeg_2k_lossless.dcm",
        "pydicom/emri_small_jpeg_ls_lossless.dcm", "pydicom/JPEG-LL.dcm", "pydicom/liver_nonbyte_aligned.dcm",
        "pydicom/bad_sequence.dcm", "pydicom/emri_small_big_endian.dcm",
        "dicom2nifti/compressed_jpeg/IM-0001-0001-0001.dcm",
    ])
    func fuzz(path: String) throws {
        let whole = [UInt8](try Data(contentsOf: TestData.url("syntaxes_pydicom_dicom2nifti/" + path)))
        var random = SplitMix(state: UInt64(whole.count))
        var failures = 0
        for round in 0..<60 {
            var bytes = whole
            let reach = round % 2 == 0 ? min(6000, bytes.count) : bytes.count
            for _ in 0..<(1 + Int(random.next() % 20)) {
                bytes[Int(random.next() % UInt64(reach))] = UInt8(truncatingIfNeeded: random.next())
            }
            if round % 3 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
            failures += try code(bytes) == nil ? 0 : 1
        }
        #expect(failures > 20)
    }

    /// The generator of Steele, Lea and Flood (2014): repeatable damage.
    private struct SplitMix {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }
}
