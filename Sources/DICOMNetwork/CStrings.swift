import CDCMTK

/// Lends C copies of the strings.
func withCStrings<Result>(_ strings: [String], _ body: ([UnsafePointer<CChar>]) -> Result) -> Result {
    let copies = strings.map { string in
        let bytes = string.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { (copy + index).initialize(to: byte) }
        return copy
    }
    defer { copies.forEach { $0.deallocate() } }
    return body(copies.map { UnsafePointer($0) })
}

/// The text in a fixed buffer of the shim, up to its NUL.
func text<Buffer: BitwiseCopyable>(_ buffer: Buffer) -> String {
    withUnsafeBytes(of: buffer) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

extension dcx_error {
    /// What DCMTK or the system said.
    var message: String { DICOMNetwork.text(text) }
}

/// DCMTK's process-wide settings, before anything else is done with it. Repeating it costs nothing.
func initializeDCMTK() throws(NetworkError) {
    var error = dcx_error()
    guard dcx_initialize(&error) == .DCX_OK else {
        throw NetworkError(.internalFailure, "DCMTK cannot be used.", cause: error.message)
    }
}
