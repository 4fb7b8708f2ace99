import Foundation

/// Where things lie in the data directory.
struct ArchiveLayout: Sendable {
    let directory: String

    init(_ directory: URL) { self.directory = directory.standardizedFileURL.path }

    var database: String { directory + "/archive.sqlite" }
    var lock: String { directory + "/archive.lock" }
    var spool: String { directory + "/spool" }
    var store: String { directory + "/store" }
    var quarantine: String { directory + "/quarantine" }

    /// The first two digits of the digests in each folder of the store, so that no folder grows too long.
    static let prefixes = (0...255).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }

    func storeFolder(_ prefix: some StringProtocol) -> String { "\(store)/\(prefix)" }

    /// The path follows from the content, so that no two contents ever meet in one file.
    func storeFile(_ digest: String) -> String { "\(storeFolder(digest.prefix(2)))/\(digest).dcm" }

    func quarantineFile(_ digest: String) -> String { "\(quarantine)/\(digest).dcm" }

    /// An SQL expression for the URL of a file in the store, from the column that holds its digest.
    func storeURL(column: String) -> String {
        "\(Self.quoted(url(store))) || substr(\(column), 1, 2) || '/' || \(column) || '.dcm'"
    }

    /// An SQL expression for the URL of a file in quarantine, from the column that holds its digest.
    func quarantineURL(column: String) -> String { "\(Self.quoted(url(quarantine))) || \(column) || '.dcm'" }

    private func url(_ folder: String) -> String {
        URL(fileURLWithPath: folder, isDirectory: true).absoluteString
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
    }
}
