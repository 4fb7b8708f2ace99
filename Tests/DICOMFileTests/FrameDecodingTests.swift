import DICOMCore
import DICOMFile
import Foundation
import Testing

/// Stored values of the last frame of a file, as pydicom 3.0 with pylibjpeg and pyjpegls decodes them.
struct ReferenceFrame: CustomTestStringConvertible, Sendable {
    let path: String
    let frameCount: Int
    let digest: FrameDigest

    init(_ path: String, _ frameCount: Int, _ minimum: Int, _ maximum: Int, _ sum: Int, _ weightedSum: Int) {
        self.path = path
        self.frameCount = frameCount
        self.digest = FrameDigest(minimum, maximum, sum, weightedSum)
    }

    var testDescription: String { path }

    static let pydicom = [
        ReferenceFrame("693_J2KR.dcm", 1, -2000, 2492, -3_031_175, -5_723_577_028),
        ReferenceFrame("693_UNCI.dcm", 1, -2971, 2836, -2_181_784, -2_322_074_325),
        ReferenceFrame("JPEG-LL.dcm", 1, 0, 278, 3_596_452, 14_674_599_893),
        ReferenceFrame("JPEG2000_UNC.dcm", 1, -30, 245, 3_527_976, 14_446_787_589),
        ReferenceFrame("MR-SIEMENS-DICOM-WithOverlays.dcm", 1, 0, 1123, 28_033_480, 114_209_734_174),
        ReferenceFrame("MR2_J2KI.dcm", 1, 0, 600, 78_784_483, 325_600_983_243),
        ReferenceFrame("MR2_J2KR.dcm", 1, 0, 595, 78_730_838, 325_396_321_441),
        ReferenceFrame("MR2_UNCR.dcm", 1, 0, 595, 78_730_838, 325_396_321_441),
        ReferenceFrame("bad_sequence.dcm", 1, 13, 2267, 248_348_502, 1_011_961_584_204),
        ReferenceFrame("eCT_Supplemental.dcm", 2, 0, 1172, 98_423_405, 403_634_726_995),
        ReferenceFrame("emri_small.dcm", 10, 0, 374, 483_370, 1_075_967_506),
        ReferenceFrame("emri_small_RLE.dcm", 10, 0, 374, 483_370, 1_075_967_506),
        ReferenceFrame("emri_small_big_endian.dcm", 10, 0, 374, 483_370, 1_075_967_506),
        ReferenceFrame("emri_small_jpeg_2k_lossless.dcm", 10, 0, 374, 483_370, 1_075_967_506),
        ReferenceFrame("emri_small_jpeg_ls_lossless.dcm", 10, 0, 374, 483_370, 1_075_967_506),
        ReferenceFrame("explicit_VR-UN.dcm", 1, -1024, 1186, -175_887_460, -719_793_568_078),
    ]

    static let dicom2nifti = ["compressed", "compressed_rle", "compressed_jpegls", "compressed_j2k", "compressed_jpeg"]
        .map { ReferenceFrame("\($0)/IM-0001-0001-0001.dcm", 1, 0, 254, 8_298_112, 33_986_613_525) }
        + [
            ReferenceFrame("slicecount/IM-0001-0001-0001.dcm", 1, 0, 254, 8_316_030, 34_018_114_128),
            ReferenceFrame("philips_enhanced_multiframe/IM-0001-0170-0001.dcm", 8, 0, 254, 8_325_731, 34_137_994_668),
        ]

    static let bits = [
        ReferenceFrame("liver.dcm", 3, 0, 1, 35_220, 143_120_750),
        ReferenceFrame("liver_expb.dcm", 3, 0, 1, 35_220, 143_120_750),
        ReferenceFrame("liver_nonbyte_aligned.dcm", 3, 0, 1, 35_220, 145_198_057),
    ]
}

@Suite struct FrameDecodingTests {
    @Test("every syntax decodes to the values of the reference", .enabled(if: TestData.hasSyntaxes),
        arguments: ReferenceFrame.pydicom)
    func pydicomFiles(reference: ReferenceFrame) throws {
        try check(reference, in: "syntaxes_pydicom_dicom2nifti/pydicom")
    }

    @Test("one slice in five syntaxes decodes to the same values", .enabled(if: TestData.hasSyntaxes),
        arguments: ReferenceFrame.dicom2nifti)
    func dicom2niftiFiles(reference: ReferenceFrame) throws {
        try check(reference, in: "syntaxes_pydicom_dicom2nifti/dicom2nifti")
    }

    @Test("a clinical CT in JPEG 2000", .enabled(if: TestData.exists("ct_abdomen_totalseg_dicom20")))
    func abdomen() throws {
        let name = "CT.1.3.12.2.1107.5.1.4.60064.30000022120808113428000016574"
        let reference = ReferenceFrame(name, 1, 0, 2454, 105_415_530, 433_084_712_593)
        try check(reference, in: "ct_abdomen_totalseg_dicom20/dicom")
    }

    private func check(_ reference: ReferenceFrame, in folder: String) throws {
        let file = try DICOMFile(reading: TestData.url(folder).appendingPathComponent(reference.path))
        #expect(try file.pixelFormat().frameCount == reference.frameCount)
        let (values, statistics) = try file.frame(reference.frameCount - 1)
        #expect(FrameDigest(values.lazy.map { Int($0) }) == reference.digest)
        #expect(statistics.storedRange == reference.digest.minimum...reference.digest.maximum)
        #expect(statistics.paddingCount == 0)
    }

    @Test("1-bit frames unpack to the values of the reference, aligned to bytes or not",
        .enabled(if: TestData.hasSyntaxes), arguments: ReferenceFrame.bits)
    func bitFrames(reference: ReferenceFrame) throws {
        let url = TestData.url("syntaxes_pydicom_dicom2nifti/pydicom").appendingPathComponent(reference.path)
        let file = try DICOMFile(reading: url)
        #expect(try file.pixelFormat().frameCount == reference.frameCount)
        #expect(FrameDigest(try file.bitFrame(reference.frameCount - 1).lazy.map { Int($0) }) == reference.digest)
    }

    @Test("images that we do not read are refused by name", .enabled(if: TestData.hasSyntaxes), arguments: [
        ("pydicom/liver_j2k.dcm", DICOMFileError.Code.unsupportedImage),
        ("pydicom/liver_rle.dcm", .unsupportedImage),
        ("dicom2nifti/rgb/IM-0001-0001-0001.dcm", .unsupportedImage),
    ])
    func refused(path: String, code: DICOMFileError.Code) throws {
        let file = try DICOMFile(reading: TestData.url("syntaxes_pydicom_dicom2nifti/" + path))
        #expect(dicomFileError { _ = try file.frame(0) }?.code == code)
    }

    @Test("threads decode different files at the same time", .enabled(if: TestData.hasSyntaxes))
    func parallel() async throws {
        let references = ReferenceFrame.pydicom.filter { $0.path.hasPrefix("emri") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reference in references + references + references {
                group.addTask { try check(reference, in: "syntaxes_pydicom_dicom2nifti/pydicom") }
            }
            try await group.waitForAll()
        }
    }
}

@Suite struct StoredValueTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("the value sits between High Bit and Bits Stored; other bits do not count", arguments: [
        (12, 11, false, [UInt16(0xF001), 0x0FFF, 0x0800], [Float(1), 4095, 2048]),
        (12, 11, true, [0x0001, 0x0FFF, 0x0800], [1, -1, -2048]),
        (12, 15, false, [0x001F, 0xFFF0, 0x8000], [1, 4095, 2048]),
        (12, 15, true, [0x001F, 0xFFF0, 0x8000], [1, -1, -2048]),
        (16, 15, true, [0x0001, 0xFFFF, 0x8000], [1, -1, -32768]),
        (16, 15, false, [0x0001, 0xFFFF, 0x8000], [1, 65535, 32768]),
    ])
    func words(bitsStored: Int, highBit: Int, isSigned: Bool, words: [UInt16], expected: [Float]) throws {
        let image = SyntheticImage(
            rows: 1, columns: 3, bitsStored: bitsStored, highBit: highBit, isSigned: isSigned,
            bytes: words.littleEndianBytes)
        #expect(try image.file(in: folder).frame(0).values == expected)
    }

    @Test("bytes, signed and unsigned, an odd number of them per frame", arguments: [
        (false, [Float(255), 0, 128]), (true, [-1, 0, -128]),
    ])
    func bytes(isSigned: Bool, expected: [Float]) throws {
        let image = SyntheticImage(
            rows: 1, columns: 3, frames: 3, bitsAllocated: 8, bitsStored: 8, highBit: 7, isSigned: isSigned,
            bytes: [1, 2, 3, 255, 0, 128, 7, 7, 7])
        let file = try image.file(in: folder)
        #expect(try file.frame(1).values == expected)
        #expect(try file.frame(2).values == [7, 7, 7])
    }

    @Test("padding is replaced, counted and left out of the statistics; the rest is rescaled")
    func padding() throws {
        let words = [-2000, -1500, 0, 100, -2000].map { UInt16(bitPattern: $0) }
        let image = SyntheticImage(
            rows: 1, columns: 5, bitsStored: 16, highBit: 15, isSigned: true, bytes: words.littleEndianBytes)
        let file = try image.file(in: folder)
        let padding = PixelPadding(storedValues: -2000...(-1500), replacement: -1024)
        let (values, statistics) = try file.frame(0, rescale: Rescale(slope: 0.5, intercept: -10), padding: padding)
        #expect(values == [-1024, -1024, -10, 40, -1024])
        #expect(statistics.paddingCount == 3)
        #expect(statistics.storedRange == 0...100)
        let all = PixelPadding(storedValues: -32768...32767, replacement: 5)
        #expect(try file.frame(0, padding: all).statistics.storedRange == nil)
    }

    @Test("the file's padding values take the sign of its pixels", arguments: [
        (true, [63536], nil, -2000 ... -2000), (false, [63536], nil, 63536...63536), (true, [63536], 0, -2000...0),
    ] as [(Bool, [Int], Int?, ClosedRange<Int>)])
    func paddingValues(isSigned: Bool, value: [Int], limit: Int?, expected: ClosedRange<Int>) throws {
        let image = SyntheticImage(isSigned: isSigned, bytes: [UInt8](repeating: 0, count: 30))
        let dataSet = try image.dataSet()
        try dataSet.set(.pixelPaddingValue, ints: value)
        if let limit { try dataSet.set(.pixelPaddingRangeLimit, int: limit) }
        try dataSet.write(to: folder.file("padded.dcm"))
        let file = try DICOMFile(reading: folder.file("padded.dcm"))
        #expect(file.paddingValues(try file.pixelFormat()) == expected)
    }

    @Test("MONOCHROME1 is not inverted")
    func monochrome1() throws {
        let dataSet = try SyntheticImage(rows: 1, columns: 2, bytes: [1, 0, 2, 0]).dataSet()
        try dataSet.set(.photometricInterpretation, "MONOCHROME1")
        try dataSet.write(to: folder.file("m1.dcm"))
        #expect(try DICOMFile(reading: folder.file("m1.dcm")).frame(0).values == [1, 2])
    }

    @Test("bits of frames that do not end at bytes", arguments: [(1, 1), (3, 5), (4, 4), (7, 9), (8, 8), (101, 99)])
    func bits(rows: Int, columns: Int) throws {
        let frames = 5
        let bits = (0..<rows * columns * frames).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 7 & 1) }
        var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
        for (index, bit) in bits.enumerated() { bytes[index / 8] |= bit << UInt8(index % 8) }
        let image = SyntheticImage(
            rows: rows, columns: columns, frames: frames, bitsAllocated: 1, bitsStored: 1, highBit: 0, bytes: bytes)
        let file = try image.file(in: folder)
        for frame in 0..<frames {
            let range = frame * rows * columns..<(frame + 1) * rows * columns
            #expect(try file.bitFrame(frame) == Array(bits[range]))
        }
    }

    @Test("frames and buffers that do not fit are refused")
    func requests() throws {
        let file = try SyntheticImage(bytes: [UInt8](repeating: 0, count: 30)).file(in: folder)
        #expect(dicomFileError { _ = try file.frame(1) }?.code == .invalidValue)
        #expect(dicomFileError { _ = try file.frame(-1) }?.code == .invalidValue)
        #expect(dicomFileError { _ = try file.bitFrame(0) }?.code == .unsupportedImage)
        var short = [Float](repeating: 0, count: 14)
        let error = dicomFileError {
            _ = try short.withUnsafeMutableBufferPointer {
                try file.decodeFrame(0, rescale: .identity, padding: nil, into: $0)
            }
        }
        #expect(error?.code == .invalidValue)
    }
}

/// Syntaxes of which there is no file in the test data are written by DCMTK's own tools.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/dcmcjpeg"))) struct EncodedByDCMTKTests {
    @Test("lossy JPEG and JPEG-LS come close, lossless ones are exact", arguments: [
        ("dcmcjpeg", ["+eb"], TransferSyntax.jpegBaseline, 8, Float(8)),
        ("dcmcjpeg", ["+ee"], .jpegExtended, 12, 24),
        ("dcmcjpeg", ["+el"], .jpegLossless, 12, 0),
        ("dcmcjpeg", ["+e1"], .jpegLosslessSV1, 16, 0),
        ("dcmcjpls", ["+el"], .jpegLSLossless, 16, 0),
        ("dcmcjpls", ["+en", "+md", "2"], .jpegLSNearLossless, 12, 2),
        ("dcmcrle", [], .rleLossless, 16, 0),
    ])
    func encoded(tool: String, options: [String], syntax: TransferSyntax, bits: Int, tolerance: Float) throws {
        let folder = try TemporaryFolder()
        let native = try ramp(bits: bits).file(in: folder)
        let url = folder.file("encoded.dcm")
        let process = try Process.run(
            URL(fileURLWithPath: "/usr/bin/" + tool), arguments: options + [folder.file("image.dcm").path, url.path])
        process.waitUntilExit()
        let file = try DICOMFile(reading: url)
        #expect(TransferSyntax(file.transferSyntax) == syntax)
        for frame in 0..<2 {
            let differences = zip(try file.frame(frame).values, try native.frame(frame).values).map { abs($0 - $1) }
            #expect(try #require(differences.max()) <= tolerance)
        }
    }

    /// Two frames of a smooth image over the whole range of values.
    private func ramp(bits: Int) -> SyntheticImage {
        let (rows, columns, frames) = (61, 47, 2)
        let top = (1 << bits) - 1
        let values = (0..<rows * columns * frames).map { index in
            UInt16(top * (index % columns + index / columns % rows) / (rows + columns - 2))
        }
        let bytes = bits == 8 ? values.map { UInt8($0) } : values.littleEndianBytes
        return SyntheticImage(
            rows: rows, columns: columns, frames: frames, bitsAllocated: bits == 8 ? 8 : 16, bitsStored: bits,
            highBit: bits - 1, bytes: bytes)
    }
}
