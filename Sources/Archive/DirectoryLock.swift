import Glibc

/// Keeps a second daemon out of a data directory, for as long as the lock object lives.
///
/// The kernel drops an flock(2) with the process that holds it, however it ends: there are no stale locks.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw FileSystemError.last("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw ArchiveError(
                .inUse,
                "another Fovea daemon serves this data directory (\(path) is locked): stop it, or choose another")
        }
    }

    deinit { close(descriptor) }
}
