/// Renames that belong to one transaction: made durable before it commits, taken back if it fails.
struct FileMoves {
    private let fileSystem: any FileSystem
    private var done: [(source: String, destination: String)] = []
    private var folders: Set<String> = []

    init(_ fileSystem: any FileSystem) { self.fileSystem = fileSystem }

    mutating func move(_ source: String, to destination: String) throws(FileSystemError) {
        try fileSystem.rename(source, to: destination)
        done.append((source, destination))
        folders.insert(String(destination[..<(destination.lastIndex(of: "/") ?? destination.startIndex)]))
    }

    /// fsync of each folder that got a file.
    func synchronize() throws(FileSystemError) {
        for folder in folders.sorted() { try fileSystem.synchronize(folder) }
    }

    /// Puts every file back. One that cannot be put back is removed; one that cannot be removed either stays in the
    /// store without a row, and the next start finds it.
    func takeBack() {
        for (source, destination) in done.reversed() {
            do {
                try fileSystem.rename(destination, to: source)
            } catch {
                try? fileSystem.remove(destination)
            }
        }
    }
}
