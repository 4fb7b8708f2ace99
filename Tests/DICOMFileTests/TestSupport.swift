import DICOMCore
import DICOMFile
import Foundation

/// Swift Testing has a Tag, too.
typealias Tag = DICOMCore.Tag

/// Real images, where they are installed.
enum TestData {
    static let directory = ProcessInfo.processInfo.environment["FOVEA_TEST_DATA"].map { URL(fileURLWithPath: $0) }
        ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache/fovea-test-data")

    static func url(_ path: String) -> URL { directory.appendingPathComponent(path) }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: url(path).path) }

    static let hasSyntaxes = exists("syntaxes_pydicom_dicom2nifti/pydicom")

    static func files(_ folder: String) -> [URL] {
        let found = try? FileManager.default.contentsOfDirectory(at: url(folder), includingPropertiesForKeys: nil)
        return (found ?? []).sorted { $0.path < $1.path }
    }
}

/// A folder that goes when the test ends.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("fovea-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    func file(_ name: String, holding bytes: some Sequence<UInt8>) throws -> URL {
        try Data(bytes).write(to: file(name))
        return file(name)
    }
}

/// What identifies a frame: extremes, sum and a sum that depends on positions (weights 1...8191, over and over).
struct FrameDigest: Equatable {
    var minimum: Int
    var maximum: Int
    var sum: Int
    var weightedSum: Int

    init(_ minimum: Int, _ maximum: Int, _ sum: Int, _ weightedSum: Int) {
        self.minimum = minimum
        self.maximum = maximum
        self.sum = sum
        self.weightedSum = weightedSum
    }

    init(_ values: some Sequence<Int>) {
        self.init(Int.max, Int.min, 0, 0)
        for (index, value) in values.enumerated() {
            minimum = min(minimum, value)
            maximum = max(maximum, value)
            sum += value
            weightedSum += value * (index % 8191 + 1)
        }
    }
}

extension DICOMFile {
    func frame(
        _ index: Int, rescale: Rescale = .identity, padding: PixelPadding? = nil
    ) throws -> (values: [Float], statistics: FrameStatistics) {
        var values = [Float](repeating: .nan, count: try pixelFormat().pixelsPerFrame)
        let statistics = try values.withUnsafeMutableBufferPointer {
            try decodeFrame(index, rescale: rescale, padding: padding, into: $0)
        }
        return (values, statistics)
    }

    func bitFrame(_ index: Int) throws -> [UInt8] {
        let count = try pixelFormat().pixelsPerFrame
        return try withBitFrame(index) { bytes, firstBit in
            (firstBit..<firstBit + count).map { bytes[$0 / 8] >> ($0 % 8) & 1 }
        }
    }
}

/// The error of a call, if it is one of ours.
func dicomFileError(_ body: () throws -> Void) -> DICOMFileError? {
    do {
        try body()
        return nil
    } catch {
        return error as? DICOMFileError
    }
}

/// A greyscale image to write, with what an image needs.
struct SyntheticImage {
    var rows = 3
    var columns = 5
    var frames = 1
    var bitsAllocated = 16
    var bitsStored = 12
    var highBit = 11
    var isSigned = false
    var bytes: [UInt8] = []

    func dataSet() throws -> DataSet {
        let dataSet = try DataSet()
        try dataSet.set(.sopClassUID, "1.2.840.10008.5.1.4.1.1.2")
        try dataSet.set(.sopInstanceUID, "2.25.42")
        try dataSet.set(.samplesPerPixel, int: 1)
        try dataSet.set(.photometricInterpretation, "MONOCHROME2")
        try dataSet.set(.rows, int: rows)
        try dataSet.set(.columns, int: columns)
        if frames != 1 { try dataSet.set(.numberOfFrames, int: frames) }
        try dataSet.set(.bitsAllocated, int: bitsAllocated)
        try dataSet.set(.bitsStored, int: bitsStored)
        try dataSet.set(.highBit, int: highBit)
        try dataSet.set(.pixelRepresentation, int: isSigned ? 1 : 0)
        let length = bytes.count + bytes.count % 2
        try dataSet.setPixelData(byteCount: length, bitsAllocated: bitsAllocated) { $0.copyBytes(from: bytes) }
        return dataSet
    }

    func file(in folder: TemporaryFolder) throws -> DICOMFile {
        let url = folder.file("image.dcm")
        try dataSet().write(to: url)
        return try DICOMFile(reading: url)
    }
}

extension [UInt16] {
    var littleEndianBytes: [UInt8] { flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }
}
