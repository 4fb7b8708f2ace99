import Crypto
import Glibc

/// What identifies the content of an object: the SHA-256 of its data set, and the length of its file.
///
/// The preamble and the file meta information (PS3.10 §7.1) are not part of it, since the receiver writes them: the
/// same object from two senders is the same content. A file without them counts as a whole.
package struct FileDigest: Sendable, Equatable {
    /// 64 lower-case hexadecimal digits.
    package let hexadecimal: String
    package let byteCount: Int64

    package init(hexadecimal: String, byteCount: Int64) {
        self.hexadecimal = hexadecimal
        self.byteCount = byteCount
    }

    /// Reads an open file from its beginning to its end.
    init(descriptor: Int32, path: String) throws(FileSystemError) {
        var hash = SHA256()
        var byteCount = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileSystemError.last("read", path) }
            if count == 0 { break }
            let start = byteCount == 0 ? Self.dataSetOffset(buffer[..<count]) : 0
            buffer.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[start..<count])) }
            byteCount += count
        }
        self.byteCount = Int64(byteCount)
        hexadecimal = hash.finalize().reduce(into: "") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }

    /// Where the data set begins: after the group length (0002,0000) UL of the meta information and what it counts;
    /// 0 if the beginning is not that of a Part 10 file with its meta information within it.
    static func dataSetOffset(_ beginning: ArraySlice<UInt8>) -> Int {
        let groupLength: [UInt8] = Array("DICM".utf8) + [2, 0, 0, 0] + Array("UL".utf8) + [4, 0]
        guard beginning.count >= 144, Array(beginning[128..<140]) == groupLength else { return 0 }
        let length = beginning[140..<144].reversed().reduce(0) { $0 << 8 | Int($1) }
        return 144 + length <= beginning.count ? 144 + length : 0
    }
}
