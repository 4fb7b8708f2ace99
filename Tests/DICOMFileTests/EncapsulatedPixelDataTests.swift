import DICOMCore
import DICOMFile
import Foundation
import Testing

/// A file with encapsulated pixel data (PS3.5 §A.4), taken apart so that its fragments can be changed.
private struct EncapsulatedFile {
    let header: [UInt8]
    /// Without the basic offset table.
    var fragments: [[UInt8]]
    var offsetTable: [UInt32] = []

    /// - Parameter url: a file in explicit VR whose pixel data come last.
    init(_ url: URL) throws {
        let bytes = [UInt8](try Data(contentsOf: url))
        let undefinedLength: [UInt8] = [0, 0, 0xFF, 0xFF, 0xFF, 0xFF]
        let position = try #require(bytes.indices.first { index in
            bytes[index...].starts(with: [0xE0, 0x7F, 0x10, 0x00, UInt8(ascii: "O")])
                && bytes[(index + 6)...].starts(with: undefinedLength)
        }) + 12
        header = Array(bytes[..<position])
        fragments = Self.items(bytes[position...]).dropFirst().map(Array.init)
    }

    private static func items(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var items: [ArraySlice<UInt8>] = []
        var rest = bytes
        while rest.starts(with: [0xFE, 0xFF, 0x00, 0xE0]) {
            let length = rest.dropFirst(4).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            items.append(rest.dropFirst(8).prefix(length))
            rest = rest.dropFirst(8 + length)
        }
        return items
    }

    private static func littleEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func item(_ bytes: [UInt8]) -> [UInt8] {
        [0xFE, 0xFF, 0x00, 0xE0] + littleEndian(UInt32(bytes.count)) + bytes
    }

    func write(to url: URL) throws {
        let table = Self.item(offsetTable.flatMap(Self.littleEndian))
        let end: [UInt8] = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]
        try Data(header + table + fragments.flatMap(Self.item) + end).write(to: url)
    }

    /// Every fragment in two, with an offset table that says where frames begin.
    func split() -> EncapsulatedFile {
        var result = self
        result.fragments = []
        var offset = UInt32(0)
        for fragment in fragments {
            result.offsetTable.append(offset)
            let half = fragment.count / 4 * 2
            result.fragments += [Array(fragment[..<half]), Array(fragment[half...])]
            offset += UInt32(fragment.count + 16)
        }
        return result
    }

    /// The same bytes under another transfer syntax, whose UID must be as long.
    func renamed(_ old: String, _ new: String) throws -> EncapsulatedFile {
        let position = try #require(header.indices.first { header[$0...].starts(with: old.utf8) })
        var result = EncapsulatedFile(header: header, fragments: fragments)
        result.replaceHeader(position, new)
        return result
    }

    private init(header: [UInt8], fragments: [[UInt8]]) {
        self.header = header
        self.fragments = fragments
    }

    private mutating func replaceHeader(_ position: Int, _ text: String) {
        var changed = header
        changed.replaceSubrange(position..<position + text.utf8.count, with: text.utf8)
        self = EncapsulatedFile(header: changed, fragments: fragments)
    }
}

@Suite(.enabled(if: TestData.hasSyntaxes)) struct EncapsulatedPixelDataTests {
    private let folder: TemporaryFolder
    private let emri = ReferenceFrame.pydicom.first { $0.path == "emri_small_RLE.dcm" }

    init() throws { folder = try TemporaryFolder() }

    private func encapsulated(_ name: String) throws -> EncapsulatedFile {
        try EncapsulatedFile(TestData.url("syntaxes_pydicom_dicom2nifti/" + name))
    }

    private func open(_ file: EncapsulatedFile) throws -> DICOMFile {
        try file.write(to: folder.file("file.dcm"))
        return try DICOMFile(reading: folder.file("file.dcm"))
    }

    @Test("frames in several fragments are found through the offset table", arguments: [
        "pydicom/emri_small_jpeg_2k_lossless.dcm", "pydicom/emri_small_jpeg_ls_lossless.dcm",
    ])
    func offsetTable(name: String) throws {
        let whole = try encapsulated(name)
        let (original, split) = (try open(whole), try encapsulated(name).split())
        let before = try (0..<10).map { try original.frame($0).values }
        let file = try open(split)
        for index in [9, 0, 5] {
            #expect(try file.frame(index).values == before[index])
        }
        #expect(FrameDigest(before[9].lazy.map { Int($0) }) == emri?.digest)
    }

    @Test("several fragments per frame without an offset table, or with a wrong one, are an error", arguments: [
        [], [0], Array(repeating: UInt32(6), count: 10), Array(repeating: 0, count: 10),
    ])
    func wrongOffsetTable(table: [UInt32]) throws {
        var file = try encapsulated("pydicom/emri_small_jpeg_2k_lossless.dcm").split()
        file.offsetTable = table
        let opened = try open(file)
        let code = dicomFileError { _ = try opened.frame(3) }?.code
        #expect(code == .cannotDecode || code == .malformed)
    }

    @Test("one frame in many fragments is joined", arguments: [
        "pydicom/693_J2KR.dcm", "dicom2nifti/compressed_jpegls/IM-0001-0001-0001.dcm",
        "dicom2nifti/compressed_jpeg/IM-0001-0001-0001.dcm",
    ])
    func joined(name: String) throws {
        let whole = try encapsulated(name)
        let before = try open(whole).frame(0).values
        var split = whole.split()
        split.offsetTable = []
        #expect(try open(split).frame(0).values == before)
    }

    @Test("a codestream that ends early is an error, never an image with a part of zeros", arguments: [
        "pydicom/693_J2KR.dcm", "pydicom/MR2_J2KI.dcm", "pydicom/emri_small_jpeg_2k_lossless.dcm",
        "pydicom/emri_small_jpeg_ls_lossless.dcm", "pydicom/emri_small_RLE.dcm", "pydicom/JPEG-LL.dcm",
        "dicom2nifti/compressed_jpeg/IM-0001-0001-0001.dcm", "dicom2nifti/compressed_rle/IM-0001-0001-0001.dcm",
    ], [0.1, 0.5, 0.9])
    func truncatedCodestream(name: String, kept: Double) throws {
        var file = try encapsulated(name)
        if !name.contains("emri") { file.fragments = [Array(file.fragments.joined())] }
        let count = Int(Double(file.fragments[0].count) * kept) / 2 * 2
        file.fragments[0] = Array(file.fragments[0].prefix(count))
        let opened = try open(file)
        #expect(dicomFileError { _ = try opened.frame(0) }?.code == .cannotDecode)
    }

    @Test("fewer fragments than frames, and empty fragments")
    func missingFragments() throws {
        var file = try encapsulated("pydicom/emri_small_RLE.dcm")
        file.fragments[2] = []
        let empty = try open(file)
        #expect(dicomFileError { _ = try empty.frame(2) }?.code == .cannotDecode)
        file.fragments.removeLast()
        let short = try open(file)
        #expect(dicomFileError { _ = try short.frame(0) }?.code == .truncated)
    }

    @Test("bytes under the wrong name do not decode", arguments: [
        ("pydicom/emri_small_jpeg_2k_lossless.dcm", ".2.4.90", ".2.4.80", DICOMFileError.Code.cannotDecode),
        ("pydicom/emri_small_jpeg_ls_lossless.dcm", ".2.4.80", ".2.4.90", .cannotDecode),
        ("pydicom/emri_small_jpeg_ls_lossless.dcm", ".2.4.80", ".2.4.70", .cannotDecode),
        ("pydicom/emri_small_jpeg_2k_lossless.dcm", ".2.4.90", ".2.4.92", .unsupportedTransferSyntax),
    ])
    func misnamed(name: String, old: String, new: String, code: DICOMFileError.Code) throws {
        let prefix = "1.2.840.10008.1"
        let file = try open(try encapsulated(name).renamed(prefix + old, prefix + new))
        #expect(dicomFileError { _ = try file.frame(0) }?.code == code)
    }
}
