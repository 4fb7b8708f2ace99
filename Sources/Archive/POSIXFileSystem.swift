import Glibc

/// The file system itself.
package struct POSIXFileSystem: FileSystem {
    package init() {}

    package func createDirectory(_ path: String) throws(FileSystemError) {
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else { throw FileSystemError.last("mkdir", path) }
    }

    package func digest(_ path: String) throws(FileSystemError) -> FileDigest {
        let descriptor = try open(path, O_RDONLY)
        defer { close(descriptor) }
        return try FileDigest(descriptor: descriptor, path: path)
    }

    package func synchronize(_ path: String) throws(FileSystemError) {
        let descriptor = try open(path, O_RDONLY)
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileSystemError.last("fsync", path) }
    }

    package func rename(_ source: String, to destination: String) throws(FileSystemError) {
        guard Glibc.rename(source, destination) == 0 else { throw FileSystemError.last("rename", source) }
    }

    package func remove(_ path: String) throws(FileSystemError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileSystemError.last("unlink", path) }
    }

    package func contents(_ path: String) throws(FileSystemError) -> [String] {
        guard let folder = opendir(path) else { throw FileSystemError.last("opendir", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                // d_name is NUL-terminated (POSIX readdir).
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    package func freeBytes(_ path: String) throws(FileSystemError) -> Int64 {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw FileSystemError.last("statvfs", path) }
        return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }

    package func isOnNetwork(_ path: String) throws(FileSystemError) -> Bool {
        guard let resolved = realpath(path, nil) else { throw FileSystemError.last("realpath", path) }
        defer { free(resolved) }
        let mounts = try String(decoding: read("/proc/self/mounts"), as: UTF8.self)
        return MountTable(mounts).isOnNetwork(String(cString: resolved))
    }

    private func read(_ path: String) throws(FileSystemError) -> [UInt8] {
        let descriptor = try open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw FileSystemError.last("read", path) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    private func open(_ path: String, _ flags: Int32) throws(FileSystemError) -> Int32 {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystemError.last("open", path) }
        return descriptor
    }
}

extension FileSystemError {
    /// The error that the last system call of this thread left.
    static func last(_ call: String, _ path: String) -> FileSystemError {
        FileSystemError(call: call, path: path, errno: Glibc.errno)
    }
}
