import DICOMCore
import Foundation
import Testing

/// Docs/ConformanceStatement.md says what the tables say, no more and no less.
@Suite struct ConformanceStatementTests {
    private static let statement = URL(filePath: #filePath).appending(path: "../../../Docs/ConformanceStatement.md").standardized

    /// The cells of the table rows of a section.
    private func rows(_ heading: String) throws -> [[String]] {
        let lines = try String(contentsOf: Self.statement, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix(heading) })
        return lines[(start + 1)...].prefix { !$0.hasPrefix("#") }
            .filter { $0.hasPrefix("| ") }
            .map { row in row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
            .filter { $0.count > 1 && $0[1].first?.isNumber == true }
    }

    @Test("the transfer syntaxes, in our order of preference")
    func transferSyntaxes() throws {
        let expected = TransferSyntax.inOrderOfPreference.map { [$0.name, $0.uid.rawValue] }
        #expect(try rows("### 3.1") == expected)
    }

    @Test("the storage classes that are kept")
    func kept() throws {
        let expected = StorageClass.kept.map { [$0.keyword, $0.uid.rawValue, "\($0.kind)"] }
        #expect(try rows("### 3.2") == expected)
    }

    @Test("the storage classes that are acknowledged only")
    func others() throws {
        let expected = StorageClass.others.map { [$0.keyword, $0.uid.rawValue] }
        #expect(try rows("### 3.3") == expected)
    }

    @Test("what the implementation calls itself")
    func implementation() throws {
        let text = try String(contentsOf: Self.statement, encoding: .utf8)
        #expect(text.contains(Implementation.classUID))
        #expect(text.contains("| \(Implementation.versionName) |"))
    }
}
