import Foundation

/// Real series outside of the repository; tests that need them are skipped where they are absent.
enum RealData {
    static let folder = ProcessInfo.processInfo.environment["FOVEA_TEST_DATA"].map { URL(filePath: $0) }
        ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/fovea-test-data")

    static let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "ct_chest_cmbcrc/dicom").path)

    /// The files of one folder, whatever their names.
    static func files(_ path: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: path), includingPropertiesForKeys: [.isRegularFileKey]
        ).filter { try $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true }
            .sorted { $0.path < $1.path }
    }
}
