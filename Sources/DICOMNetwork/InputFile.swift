import Foundation
import Glibc

/// A file that is read in pieces.
struct InputFile: ~Copyable {
    private let descriptor: Int32
    let byteCount: Int

    init(_ url: URL) throws(SystemError) {
        descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw .last }
        var status = stat()
        byteCount = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    deinit { close(descriptor) }

    /// Fills the buffer from `offset` on; fails if the file ends before.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0 && errno != EINTR { throw .last }
            if count == 0 { throw SystemError(number: EIO) }
            done += max(count, 0)
        }
    }

    /// The first bytes, or the whole file if it is shorter.
    func readStart(atMost limit: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(limit, byteCount))
        try bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
            try read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
        }
        return bytes
    }
}
