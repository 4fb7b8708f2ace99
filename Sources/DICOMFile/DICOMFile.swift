import CDCMTK
public import DICOMCore
public import Foundation

/// A DICOM file that is open for reading: its data set, and its frames on demand.
///
/// Everything is parsed at once but long values and pixel data, which are read when they are asked for, so that opening
/// a CT slice costs tens of microseconds. Belongs to one thread at a time; different files need no locking.
public final class DICOMFile {
    private let file: OpenFile
    public let dataSet: DataSet
    /// Group 0002 (PS3.10 §7.1).
    public let metaInformation: DataSet
    public let transferSyntax: TransferSyntaxUID

    /// Opens and parses a file; bytes of any kind give an error, never a trap.
    /// - Throws: `.inaccessible`, `.notDICOM`, `.truncated` (an element ends beyond the end of the file), `.malformed`.
    public init(reading url: URL) throws(DICOMFileError) {
        try DataSet.initializeShim()
        var handle: OpaquePointer?
        try DICOMFileError.check { dcx_file_open(url.path, &handle, $0) }
        guard let handle else { throw DICOMFileError(.internal, cause: "no file was opened") }
        file = OpenFile(handle)
        dataSet = DataSet(dcx_file_dataset(handle), owner: file, isRoot: true)
        metaInformation = DataSet(dcx_file_meta_information(handle), owner: file, isRoot: false)
        guard let syntax: TransferSyntaxUID = metaInformation.uid(.transferSyntaxUID) else {
            throw DICOMFileError(.notDICOM, cause: "no transfer syntax")
        }
        transferSyntax = syntax
    }

    /// Of the data set, not of the meta information.
    public var sopClassUID: SOPClassUID? { dataSet.uid(.sopClassUID) }
    public var sopInstanceUID: SOPInstanceUID? { dataSet.uid(.sopInstanceUID) }

    private final class OpenFile: DataSet.Owner {
        let handle: OpaquePointer

        init(_ handle: OpaquePointer) { self.handle = handle }

        deinit { dcx_file_destroy(handle) }
    }
}

extension DICOMFile {
    /// The image's description, with its pixel data there and complete.
    /// - Throws: `.unsupportedImage` for colour, other bit depths, missing attributes and absurd sizes, `.noPixelData`,
    ///   `.truncated` for pixel data shorter than the image.
    public func pixelFormat() throws(DICOMFileError) -> PixelFormat {
        var format = dcx_pixel_format()
        try DICOMFileError.check { dcx_file_pixel_format(file.handle, &format, $0) }
        return PixelFormat(format)
    }

    /// The stored values that are padding (PS3.3 §C.7.5.1.1.2), in the sign of the pixels; nil if the file names none.
    public func paddingValues(_ format: PixelFormat) -> ClosedRange<Int>? {
        func stored(_ tag: Tag) -> Int? {
            dataSet.int(tag).map { value in
                format.isSigned ? Int(Int16(truncatingIfNeeded: value)) : Int(UInt16(truncatingIfNeeded: value))
            }
        }
        guard let value = stored(.pixelPaddingValue) else { return nil }
        let limit = stored(.pixelPaddingRangeLimit) ?? value
        return min(value, limit)...max(value, limit)
    }

    /// Decodes a frame of an image of 8 or 16 bits: shift and mask by High Bit and Bits Stored, sign, padding, rescale.
    ///
    /// MONOCHROME1 is not inverted: that is display. The values of JPEG 2000 have the precision and sign of the
    /// codestream.
    /// - Parameters:
    ///   - index: from 0.
    ///   - values: rows x columns, a row after the other; its count must be `pixelsPerFrame`.
    /// - Throws: as `pixelFormat`, and `.cannotDecode`, `.unsupportedTransferSyntax`.
    public func decodeFrame(
        _ index: Int, rescale: Rescale, padding: PixelPadding?, into values: UnsafeMutableBufferPointer<Float>
    ) throws(DICOMFileError) -> FrameStatistics {
        let (frame, first) = try Self.request(index, values)
        let conversion = dcx_conversion(rescale: rescale, padding: padding)
        var statistics = dcx_frame_statistics()
        try DICOMFileError.check {
            dcx_file_decode_frame(file.handle, frame, conversion, first, values.count, &statistics, $0)
        }
        return FrameStatistics(statistics)
    }

    /// Lends the packed bits of a frame of a native 1-bit image: the first pixel is bit `firstBit` of the first byte,
    /// counted from the least significant; bits before and after the frame are other frames'.
    public func withBitFrame<Value>(
        _ index: Int, _ body: (_ bytes: UnsafeRawBufferPointer, _ firstBit: Int) throws -> Value
    ) throws -> Value {
        guard let frame = UInt32(exactly: index) else { throw DICOMFileError(.invalidValue, cause: "no such frame") }
        var bytes: UnsafePointer<UInt8>?
        var byteCount = 0
        var firstBit: UInt32 = 0
        try DICOMFileError.check { dcx_file_bit_frame(file.handle, frame, &bytes, &byteCount, &firstBit, $0) }
        return try body(UnsafeRawBufferPointer(start: bytes, count: byteCount), Int(firstBit))
    }

    private static func request(
        _ index: Int, _ values: UnsafeMutableBufferPointer<Float>
    ) throws(DICOMFileError) -> (frame: UInt32, first: UnsafeMutablePointer<Float>) {
        guard let frame = UInt32(exactly: index), let first = values.baseAddress else {
            throw DICOMFileError(.invalidValue, cause: "no such frame, or no room for it")
        }
        return (frame, first)
    }
}

extension dcx_conversion {
    fileprivate init(rescale: Rescale, padding: PixelPadding?) {
        self.init(
            slope: Float(rescale.slope), intercept: Float(rescale.intercept),
            padding_first: Int32(clamping: padding?.storedValues.lowerBound ?? .max),
            padding_last: Int32(clamping: padding?.storedValues.upperBound ?? .min),
            padding_replacement: padding?.replacement ?? 0)
    }
}
