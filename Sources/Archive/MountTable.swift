/// What is mounted where, as /proc/self/mounts tells it (proc(5), fstab(5)).
package struct MountTable {
    private let mounts: [(point: String, type: String)]

    package init(_ text: String) {
        mounts = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 2 ? (Self.unescaped(fields[1]), String(fields[2])) : nil
        }
    }

    private static let networkTypes: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "fuse.ceph", "afs", "fuse.sshfs", "fuse.glusterfs", "lustre",
        "gpfs", "beegfs",
    ]

    /// - Parameter path: absolute, without links
    package func isOnNetwork(_ path: String) -> Bool {
        let covering = mounts.filter { path == $0.point || $0.point == "/" || path.hasPrefix($0.point + "/") }
        // The longest mount point holds the path; of equal ones the last, which covers the others.
        let mount = covering.reversed().max { $0.point.utf8.count < $1.point.utf8.count }
        return mount.map { Self.networkTypes.contains($0.type) } ?? false
    }

    /// Spaces, tabs, newlines and backslashes in mount points are written as three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        ["\\040": " ", "\\011": "\t", "\\012": "\n", "\\134": "\\"].reduce(String(field)) { text, escape in
            text.split(separator: escape.key, omittingEmptySubsequences: false).joined(separator: escape.value)
        }
    }
}
