import Foundation
import Glibc

/// A new file that received bytes go to. Every write is checked, and the length again at the end: a full disk must not
/// look like success.
struct SpoolFile: ~Copyable {
    private let descriptor: Int32
    private(set) var byteCount = 0

    /// - Parameter url: must not exist yet.
    init(creating url: URL) throws(SystemError) {
        descriptor = open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        if descriptor < 0 { throw .last }
    }

    deinit { Glibc.close(descriptor) }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var rest = bytes[...]
        while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            let written = write(descriptor, start, rest.count)
            if written < 0 && errno != EINTR { throw .last }
            rest = rest.dropFirst(max(written, 0))
        }
        byteCount += bytes.count
    }

    /// Checks that the file system holds as many bytes as were written.
    borrowing func checkLength() throws(SystemError) {
        var status = stat()
        if fstat(descriptor, &status) != 0 { throw .last }
        if Int(status.st_size) != byteCount { throw SystemError(number: EIO) }
    }
}
