import Foundation

extension ArchiveLayout {
    /// Makes the folders and takes the lock.
    ///
    /// - Throws: `networkFileSystem`, `inUse`, and `damagedDatabase` if there are stored files but no database:
    ///   starting with an empty one would disown them
    func prepare(_ fileSystem: any FileSystem) throws -> DirectoryLock {
        try fileSystem.createDirectory(directory)
        guard try !fileSystem.isOnNetwork(directory) else {
            throw ArchiveError(
                .networkFileSystem,
                "\(directory) lies on a network file system, where SQLite cannot keep its promises: "
                    + "choose a local disk")
        }
        let lock = try DirectoryLock(self.lock)
        for folder in [spool, store, quarantine] + Self.prefixes.map(storeFolder) {
            try fileSystem.createDirectory(folder)
        }
        for folder in [store, directory] { try fileSystem.synchronize(folder) }
        if hasNoDatabase, try hasFiles(fileSystem) {
            throw ArchiveError(
                .damagedDatabase,
                "\(store) holds files, but the database \(database) is gone. Nothing was changed. "
                    + "Restore the database from a backup, or move \(store) away to begin anew")
        }
        return lock
    }

    private var hasNoDatabase: Bool {
        let size = (try? FileManager.default.attributesOfItem(atPath: database))?[.size] as? Int
        return (size ?? 0) == 0
    }

    private func hasFiles(_ fileSystem: any FileSystem) throws -> Bool {
        for prefix in Self.prefixes where try !fileSystem.contents(storeFolder(prefix)).isEmpty { return true }
        return false
    }
}
