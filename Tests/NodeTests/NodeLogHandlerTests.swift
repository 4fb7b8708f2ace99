import Foundation
import Logging
import Node
import Synchronization
import Testing

@Suite struct NodeLogHandlerTests {
    final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock(\.self) }
    }

    static func logged(_ format: NodeLogHandler.Format, level: Logger.Level = .info, _ body: (Logger) -> Void)
        -> [String]
    {
        let lines = Lines()
        let handler = NodeLogHandler(level: level, format: format, write: lines.add)
        body(Logger(label: "test") { _ in handler })
        return lines.all
    }

    @Test("text lines hold time, level, message and metadata") func text() throws {
        let lines = Self.logged(.text) { $0.notice("listening", metadata: ["port": "104", "address": "0.0.0.0"]) }
        let line = try #require(lines.first)
        #expect(line.hasSuffix("NOTICE   listening address=0.0.0.0 port=104\n"))
        #expect(line.firstMatch(of: #/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /#) != nil)
    }

    @Test("JSON lines are objects with the metadata as keys") func json() throws {
        let lines = Self.logged(.json) { $0.warning("a \"quoted\"\nword", metadata: ["port": "104"]) }
        let object = try JSONDecoder().decode([String: String].self, from: Data(try #require(lines.first).utf8))
        #expect(object["level"] == "warning")
        #expect(object["message"] == "a \"quoted\"\nword")
        #expect(object["port"] == "104")
        #expect(object["time"] != nil)
        #expect(lines.first?.dropLast().contains("\n") == false)
    }

    @Test("a peer's text cannot forge a line") func forgery() {
        let lines = Self.logged(.text) { $0.notice("from A\n2026 ERROR forged") }
        #expect(lines.count == 1)
        #expect(lines.first?.dropLast().contains("\n") == false)
    }

    @Test("levels below the configured one are dropped") func level() {
        #expect(Self.logged(.text, level: .warning) { $0.info("quiet") }.isEmpty)
    }
}
