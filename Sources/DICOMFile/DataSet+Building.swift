import CDCMTK
public import DICOMCore
public import Foundation

/// Every setter replaces what is there, takes the value representation of the data dictionary, and throws
/// `.invalidValue` for an attribute that the dictionary does not know or that does not hold such values.
extension DataSet {
    /// Sets text as it is (backslashes separate values); for numbers in text the caller vouches for the format.
    public func set(_ tag: Tag, _ text: String) throws(DICOMFileError) {
        var text = text
        try DICOMFileError.check { error in
            text.withUTF8 { utf8 in
                utf8.withMemoryRebound(to: CChar.self) { characters in
                    guard let first = characters.baseAddress else {
                        return dcx_dataset_set_empty(handle, tag.shim, error)
                    }
                    return dcx_dataset_set_text(handle, tag.shim, first, characters.count, error)
                }
            }
        }
    }

    public func set(_ tag: Tag, strings: [String]) throws(DICOMFileError) {
        try set(tag, strings.joined(separator: "\\"))
    }

    public func set<Role>(_ tag: Tag, uid: UniqueIdentifier<Role>) throws(DICOMFileError) { try set(tag, uid.rawValue) }

    public func set(_ tag: Tag, int: Int) throws(DICOMFileError) { try set(tag, ints: [int]) }

    /// Whole numbers (US, SS, UL, SL, IS, DS).
    public func set(_ tag: Tag, ints: [Int]) throws(DICOMFileError) {
        let numbers = ints.map(Int64.init)
        try DICOMFileError.check { dcx_dataset_set_integers(handle, tag.shim, numbers, numbers.count, $0) }
    }

    public func set(_ tag: Tag, double: Double) throws(DICOMFileError) { try set(tag, doubles: [double]) }

    /// Finite numbers (FD, FL, DS). A DS gets the shortest text of at most 16 characters that reads back as the number,
    /// or else the closest one.
    public func set(_ tag: Tag, doubles: [Double]) throws(DICOMFileError) {
        try DICOMFileError.check { dcx_dataset_set_reals(handle, tag.shim, doubles, doubles.count, $0) }
    }

    /// A tag as a value (VR AT), as dimension index pointers need.
    public func set(_ tag: Tag, tag value: Tag) throws(DICOMFileError) {
        try DICOMFileError.check { dcx_dataset_set_tag(handle, tag.shim, value.shim, $0) }
    }

    /// A code sequence of one item (PS3.3 §8.8).
    public func set(_ tag: Tag, code: CodedEntry) throws(DICOMFileError) {
        try setEmpty(tag)
        try appendItem(tag).setCode(code)
    }

    /// The three attributes of a code (PS3.3 §8.8) in this item.
    public func setCode(_ code: CodedEntry) throws(DICOMFileError) {
        try set(.codeValue, code.value)
        try set(.codingSchemeDesignator, code.scheme)
        try set(.codeMeaning, code.meaning)
    }

    /// No value, as attributes of type 2 may have; a sequence becomes one without items.
    public func setEmpty(_ tag: Tag) throws(DICOMFileError) {
        try DICOMFileError.check { dcx_dataset_set_empty(handle, tag.shim, $0) }
    }

    /// Appends an empty item to a sequence, which is made if it is absent.
    public func appendItem(_ tag: Tag) throws(DICOMFileError) -> DataSet {
        var appended: OpaquePointer?
        try DICOMFileError.check { dcx_dataset_append_item(handle, tag.shim, &appended, $0) }
        guard let appended else { throw DICOMFileError(.internal, cause: "no item was made") }
        return item(appended)
    }

    /// Copies an element as it is, bytes and value representation, into this data set.
    /// - Returns: false if `other` does not have it; then nothing changes.
    @discardableResult
    public func copy(_ tag: Tag, from other: DataSet) throws(DICOMFileError) -> Bool {
        guard other.contains(tag) else { return false }
        try DICOMFileError.check { dcx_dataset_copy(handle, tag.shim, other.handle, $0) }
        return true
    }

    /// Makes Pixel Data (OW above 8 bits allocated, else OB) and lets `fill` write them in place, starting from zeros.
    /// - Parameter byteCount: even, below 4 GiB.
    public func setPixelData(
        byteCount: Int, bitsAllocated: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        precondition(isRoot, "pixel data belong to the root")
        guard let length = UInt32(exactly: byteCount), length < UInt32.max - 1 else {
            throw DICOMFileError(.invalidValue, cause: "pixel data of 4 GiB or more")
        }
        var bytes: UnsafeMutablePointer<UInt8>?
        try DICOMFileError.check { dcx_dataset_set_pixel_data(handle, length, UInt16(bitsAllocated), &bytes, $0) }
        try fill(UnsafeMutableRawBufferPointer(start: bytes, count: byteCount))
    }

    /// Writes a DICOM file (PS3.10) with meta information; replaces a file of that name. All bytes have reached the
    /// kernel on return; fsync is the caller's. The file names DCMTK's Implementation Class UID, which 3.6.7 fixes at
    /// compile time.
    public func write(to url: URL, transferSyntax: TransferSyntax = .explicitVRLittleEndian) throws(DICOMFileError) {
        precondition(isRoot, "an item is not a file")
        try DICOMFileError.check { dcx_file_write(handle, url.path, transferSyntax.rawValue, $0) }
    }
}
