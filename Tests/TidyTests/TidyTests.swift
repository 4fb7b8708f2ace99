import Foundation
import Testing

/// Rules of CONTRIBUTING.md that a machine can check.
@Suite struct TidyTests {
    struct SourceFile: Sendable {
        let path: String
        let lines: [Substring]

        /// The module of a file below Sources.
        var module: String { String(path.split(separator: "/")[1]) }
    }

    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

    private static func files(below folder: String, _ extensions: Set<String>) throws -> [SourceFile] {
        let base = root.appending(path: folder)
        let entries = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
        return try (entries?.allObjects as? [URL] ?? []).filter { extensions.contains($0.pathExtension) }.map { url in
            let text = try String(contentsOf: url, encoding: .utf8)
            let path = url.standardized.path.dropFirst(root.path.count).drop { $0 == "/" }
            return SourceFile(path: String(path), lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }

    /// Module and level, from the table of Docs/Architecture.md.
    private static func levels() throws -> [String: Int] {
        let text = try String(contentsOf: root.appending(path: "Docs/Architecture.md"), encoding: .utf8)
        var levels: [String: Int] = [:]
        for row in text.split(separator: "\n") where row.hasPrefix("| ") {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 3, let level = Int(cells[0]) else { continue }
            for name in cells[1].split(separator: ",") {
                levels[name.trimmingCharacters(in: CharacterSet(charactersIn: " `"))] = level
            }
        }
        return levels
    }

    private static func imported(by line: Substring) -> String? {
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index <= 1, words.count > index + 1 else { return nil }
        return String(words[index + 1])
    }

    @Test("A module imports only modules of a lower level")
    func moduleStack() throws {
        let levels = try Self.levels()
        #expect(levels["DICOMCore"] == 0 && levels["fovea"] == 6)
        for file in try Self.files(below: "Sources", ["swift"]) {
            let level = try #require(levels[file.module], "\(file.module) is not in Docs/Architecture.md")
            for name in file.lines.compactMap(Self.imported) {
                guard let other = levels[name] else { continue }
                #expect(other < level, "\(file.path) imports \(name)")
            }
        }
    }

    @Test("Foreign libraries stop at the border", arguments: [
        ("CDCMTK", ["DICOMFile", "DICOMNetwork"]), ("GRDB", ["Archive"]), ("TOMLKit", ["Node"]), ("CPNG", ["Imaging"]),
        ("CNIfTI", ["Imaging"]), ("COpenBLAS", ["Tensors"]), ("ArgumentParser", ["fovea"]),
        ("Metrics", ["Node"]), ("Hummingbird", ["Node"]), ("NIOCore", ["Node"]),
    ])
    func borders(library: String, modules: [String]) throws {
        for file in try Self.files(below: "Sources", ["swift"]) where file.lines.compactMap(Self.imported).contains(library) {
            #expect(modules.contains(file.module), "\(file.path) imports \(library)")
        }
    }

    @Test("No line of the sources is longer than 120 columns")
    func lineLength() throws {
        for file in try Self.files(below: "Sources", ["swift", "c", "cpp", "h", "hpp"]) {
            for (number, line) in file.lines.enumerated() where line.count > 120 {
                Issue.record("\(file.path):\(number + 1) has \(line.count) columns")
            }
        }
    }

    @Test("What must not be in the sources is not")
    func banned() throws {
        let banned = ["try!", "fatalError(", "as!", "TODO", "FIXME", "@testable"]
        for file in try Self.files(below: "Sources", ["swift"]) {
            for (number, line) in file.lines.enumerated() {
                for word in banned where line.contains(word) { Issue.record("\(file.path):\(number + 1): \(word)") }
                if file.module != "fovea", line.trimmingCharacters(in: .whitespaces).hasPrefix("print(") {
                    Issue.record("\(file.path):\(number + 1): print")
                }
            }
        }
    }

    @Test("An unchecked promise of Sendable carries its reason on the next line")
    func uncheckedSendable() throws {
        for file in try Self.files(below: "Sources", ["swift"]) {
            for (number, line) in file.lines.enumerated() where line.contains("@unchecked Sendable") {
                let next = file.lines[number + 1].trimmingCharacters(in: .whitespaces)
                #expect(next.hasPrefix("//"), "\(file.path):\(number + 1)")
            }
        }
    }
}
