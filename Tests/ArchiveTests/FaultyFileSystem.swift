import Archive
import Foundation
import Glibc
import Synchronization

/// The real file system, except that its n-th call fails, or that its syncs are slow.
final class FaultyFileSystem: FileSystem {
    private struct State {
        var calls = 0
        var failing: Int?
        var errno: Int32 = EIO
        var hasFailed = false
    }

    private let state = Mutex(State())
    private let real = POSIXFileSystem()
    private let syncSeconds: Double

    init(syncSeconds: Double = 0) { self.syncSeconds = syncSeconds }

    /// Counts anew, and fails the given call (from 1) once.
    func fail(call: Int, with errno: Int32) { state.withLock { $0 = State(failing: call, errno: errno) } }

    var hasFailed: Bool { state.withLock { $0.hasFailed } }

    private func step(_ name: String, _ path: String) throws(FileSystemError) {
        let errno: Int32? = state.withLock { state in
            state.calls += 1
            guard state.calls == state.failing else { return nil }
            state.hasFailed = true
            return state.errno
        }
        if let errno { throw FileSystemError(call: name, path: path, errno: errno) }
    }

    func createDirectory(_ path: String) throws(FileSystemError) {
        try step("mkdir", path)
        try real.createDirectory(path)
    }

    func digest(_ path: String) throws(FileSystemError) -> FileDigest {
        try step("read", path)
        return try real.digest(path)
    }

    func synchronize(_ path: String) throws(FileSystemError) {
        try step("fsync", path)
        if syncSeconds > 0 { usleep(UInt32(syncSeconds * 1e6)) }
        try real.synchronize(path)
    }

    func rename(_ source: String, to destination: String) throws(FileSystemError) {
        try step("rename", source)
        try real.rename(source, to: destination)
    }

    func remove(_ path: String) throws(FileSystemError) {
        try step("unlink", path)
        try real.remove(path)
    }

    func contents(_ path: String) throws(FileSystemError) -> [String] {
        try step("opendir", path)
        return try real.contents(path)
    }

    func freeBytes(_ path: String) throws(FileSystemError) -> Int64 {
        try step("statvfs", path)
        return try real.freeBytes(path)
    }

    func isOnNetwork(_ path: String) throws(FileSystemError) -> Bool { false }
}
