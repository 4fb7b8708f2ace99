import Archive
import Foundation

/// The spool files of one run, so that those nobody takes over are removed.
final class SpoolFiles {
    private let archive: Archive
    private var files: [URL] = []

    init(_ archive: Archive) { self.archive = archive }

    func make() -> URL {
        let file = archive.makeSpoolFile()
        files.append(file)
        return file
    }

    func removeAll(except kept: [URL] = []) {
        for file in files where !kept.contains(file) { try? FileManager.default.removeItem(at: file) }
        files.removeAll()
    }
}
