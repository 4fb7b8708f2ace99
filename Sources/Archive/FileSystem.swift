import Glibc

/// The system calls on which the archive's promises rest: a seam, so that tests can make each of them fail.
///
/// All throw `FileSystemError`. Paths are absolute.
package protocol FileSystem: Sendable {
    func createDirectory(_ path: String) throws(FileSystemError)
    /// SHA-256 and length of a complete object.
    func digest(_ path: String) throws(FileSystemError) -> FileDigest
    /// fsync of a file or of a folder.
    func synchronize(_ path: String) throws(FileSystemError)
    func rename(_ source: String, to destination: String) throws(FileSystemError)
    /// Removes a file; one that is not there is no error.
    func remove(_ path: String) throws(FileSystemError)
    /// The names in a folder, in no particular order.
    func contents(_ path: String) throws(FileSystemError) -> [String]
    /// What an unprivileged process may still write.
    func freeBytes(_ path: String) throws(FileSystemError) -> Int64
    func isOnNetwork(_ path: String) throws(FileSystemError) -> Bool
}

/// A system call that failed.
package struct FileSystemError: Error, CustomStringConvertible {
    package let call: String
    package let path: String
    package let errno: Int32

    package init(call: String, path: String, errno: Int32) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    package var description: String { "\(call) \(path): \(String(cString: strerror(errno)))" }
}
