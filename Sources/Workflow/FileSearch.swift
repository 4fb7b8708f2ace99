public import Foundation

/// Finds the files that a command names.
public enum FileSearch {
    /// A path that does not exist.
    public struct NotFound: Error, CustomStringConvertible {
        public let path: String
        public var description: String { "\(path) does not exist" }
    }

    /// The files named, and those in the folders named and below, without hidden ones; sorted by path within a folder.
    /// - Throws: `NotFound`.
    public static func files(in paths: [String]) throws -> [URL] {
        try paths.flatMap { path in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw NotFound(path: path)
            }
            return isFolder.boolValue
                ? files(below: URL(filePath: path, directoryHint: .isDirectory)) : [URL(filePath: path)]
        }
    }

    private static func files(below folder: URL) -> [URL] {
        let entries = FileManager.default.enumerator(
            at: folder, includingPropertiesForKeys: [.isRegularFileKey], options: [.skipsHiddenFiles])
        let files = entries?.compactMap { $0 as? URL }.filter {
            (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) ?? false
        }
        return (files ?? []).sorted { $0.path < $1.path }
    }
}
