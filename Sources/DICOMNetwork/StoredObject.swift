public import DICOMCore
public import struct Foundation.URL
import Glibc

/// A Part 10 file that can be sent: what its file meta information says.
public struct StoredObject: Hashable, Sendable {
    public let file: URL
    public let sopInstanceUID: SOPInstanceUID
    /// SOP class and transfer syntax: the presentation context that the object needs.
    public let context: PresentationContext
    let dataSetOffset: Int

    /// Reads the file meta information only.
    /// - Throws: `.unreadableFile`.
    public static func read(_ file: URL) throws(NetworkError) -> StoredObject {
        let start: [UInt8]
        do throws(SystemError) {
            start = try InputFile(file).read(at: 0, atMost: FileMetaInformation.maximumBytes)
        } catch {
            throw NetworkError(.unreadableFile, "\(file.path) cannot be read.", cause: error.description)
        }
        guard let (information, offset) = FileMetaInformation.decode(start) else {
            throw NetworkError(.unreadableFile, "\(file.path) is not a DICOM file with file meta information (PS3.10).")
        }
        return StoredObject(
            file: file, sopInstanceUID: information.sopInstanceUID,
            context: PresentationContext(
                sopClassUID: information.sopClassUID, transferSyntaxUID: information.transferSyntaxUID),
            dataSetOffset: offset)
    }
}

/// A file that is read in pieces.
struct InputFile: ~Copyable {
    private let descriptor: Int32

    init(_ url: URL) throws(SystemError) {
        descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw .last }
    }

    deinit { close(descriptor) }

    func byteCount() throws(SystemError) -> Int {
        var status = stat()
        if fstat(descriptor, &status) != 0 { throw .last }
        return Int(status.st_size)
    }

    /// Fills the buffer from `offset` on; fails if the file ends before.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) {
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
            if count < 0 && errno != EINTR { throw .last }
            if count == 0 { throw SystemError(number: EIO) }
            done += max(count, 0)
        }
    }

    func read(at offset: Int, atMost limit: Int) throws(SystemError) -> [UInt8] {
        let count = min(limit, max(0, try byteCount() - offset))
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { buffer throws(SystemError) in try read(into: buffer, at: offset) }
        return bytes
    }
}
