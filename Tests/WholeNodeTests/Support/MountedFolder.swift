import Foundation

/// A small file system of its own at a folder, for as long as the object lives. Needs root.
final class MountedFolder {
    let url: URL
    private let scratch: ScratchFolder

    /// Whether this machine lets us mount.
    static let isPossible = isPossible { try MountedFolder(memoryMegabytes: 1, at: $0.folder("mount"), in: $0) }

    /// Whether it also has loop devices, and can break a file system as a failing disk would.
    static let canFail = isPossible {
        try MountedFolder(diskMegabytes: 8, at: $0.folder("mount"), in: $0).failDisk()
    }

    private static func isPossible(_ attempt: (ScratchFolder) throws -> some Any) -> Bool {
        guard getuid() == 0, let scratch = try? ScratchFolder() else { return false }
        return (try? attempt(scratch)) != nil
    }

    init(memoryMegabytes: Int, at url: URL, in scratch: ScratchFolder) throws {
        (self.url, self.scratch) = (url, scratch)
        try Self.succeed("mount", ["-t", "tmpfs", "-o", "size=\(memoryMegabytes)m", "tmpfs", url.path], scratch)
    }

    /// An ext4 file system in a file.
    init(diskMegabytes: Int, at url: URL, in scratch: ScratchFolder) throws {
        (self.url, self.scratch) = (url, scratch)
        let image = scratch.url.appending(path: "\(url.lastPathComponent).ext4").path
        try Self.succeed("truncate", ["-s", "\(diskMegabytes)M", image], scratch)
        try Self.succeed("mkfs.ext4", ["-q", image], scratch)
        try Self.succeed("mount", ["-o", "loop", image, url.path], scratch)
    }

    deinit { try? Self.succeed("umount", ["-l", url.path], scratch) }

    func remount(_ options: String) throws {
        try Self.succeed("mount", ["-o", "remount,\(options)", url.path], scratch)
    }

    /// What ext4 does on an I/O error: read-only at once, under the feet of whoever writes.
    func failDisk() throws { try remount("abort") }

    /// Takes the failed disk down, checks it, and mounts it again.
    func repair() throws {
        try Self.succeed("umount", [url.path], scratch)
        let image = scratch.url.appending(path: "\(url.lastPathComponent).ext4").path
        _ = try run("e2fsck", ["-p", image], in: scratch)
        try Self.succeed("mount", ["-o", "loop", image, url.path], scratch)
    }

    private static func succeed(_ tool: String, _ arguments: [String], _ scratch: ScratchFolder) throws {
        let result = try run(tool, arguments, in: scratch)
        guard result.status == 0 else { throw RunningProcess.Timeout(description: "\(tool): \(result.error)") }
    }
}
