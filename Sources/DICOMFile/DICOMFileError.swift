import CDCMTK

/// What went wrong with a DICOM file or data set.
public struct DICOMFileError: Error, Hashable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The file cannot be opened, read or written.
        case inaccessible
        /// Not a DICOM file (PS3.10 §7.1).
        case notDICOM
        /// The file ends before an element does, or the pixel data are shorter than the image.
        case truncated
        /// Breaks the encoding rules of PS3.5.
        case malformed
        case noPixelData
        /// Not a greyscale image of 8 or 16 bits (or, where bits are unpacked, of 1 bit).
        case unsupportedImage
        case unsupportedTransferSyntax
        /// The compressed pixel data are damaged.
        case cannotDecode
        /// The attribute is not in the data dictionary, or the value does not fit its value representation.
        case invalidValue
        case outOfMemory
        /// DCMTK's data dictionary is not installed.
        case notInitialized
        case `internal`
    }

    public let code: Code
    /// What to do about it; without patient data.
    public let message: String
    /// What DCMTK, OpenJPEG or the system said.
    public let cause: String

    init(_ code: Code, cause: String) {
        self.code = code
        self.message = Self.advice(code)
        self.cause = cause
    }

    public var description: String { "\(message) (\(cause))" }

    private static func advice(_ code: Code) -> String {
        switch code {
        case .inaccessible: "The file cannot be opened, read or written: check path, permissions and free space."
        case .notDICOM: "Not a DICOM file: it has no file meta information with a transfer syntax."
        case .truncated: "The file ends too early: send or copy it again."
        case .malformed: "The file breaks the encoding rules of DICOM: have the sender repaired."
        case .noPixelData: "The object holds no pixel data."
        case .unsupportedImage: "Not a greyscale image that can be processed."
        case .unsupportedTransferSyntax: "The transfer syntax is not supported: send the object in another one."
        case .cannotDecode: "The compressed pixel data cannot be decoded: send the object again, or uncompressed."
        case .invalidValue: "The value does not fit the attribute."
        case .outOfMemory: "Not enough memory for the object."
        case .notInitialized: "DCMTK's data dictionary is not usable: install libdcmtk17."
        case .internal: "Internal error."
        }
    }
}

extension DICOMFileError {
    init(_ error: dcx_error) {
        let text = withUnsafeBytes(of: error.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        self.init(Code(error.status), cause: text)
    }

    /// Calls a function of the shim and throws what it reports.
    static func check(_ call: (UnsafeMutablePointer<dcx_error>) -> dcx_status) throws(DICOMFileError) {
        var error = dcx_error()
        guard call(&error) != .DCX_OK else { return }
        throw DICOMFileError(error)
    }
}

extension DICOMFileError.Code {
    fileprivate init(_ status: dcx_status) {
        self =
            switch status {
            case .DCX_IO: .inaccessible
            case .DCX_NOT_DICOM: .notDICOM
            case .DCX_TRUNCATED: .truncated
            case .DCX_MALFORMED: .malformed
            case .DCX_NO_ELEMENT: .noPixelData
            case .DCX_BAD_VALUE: .invalidValue
            case .DCX_UNSUPPORTED_SYNTAX: .unsupportedTransferSyntax
            case .DCX_CANNOT_DECODE: .cannotDecode
            case .DCX_UNSUPPORTED_IMAGE: .unsupportedImage
            case .DCX_OUT_OF_MEMORY: .outOfMemory
            case .DCX_NOT_INITIALIZED: .notInitialized
            default: .internal
            }
    }
}
