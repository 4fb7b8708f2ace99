import Foundation
import Testing

extension WholeNodeTests {
    /// kill -9 cannot show that an object is on disk, since the page cache survives it: the order of the system calls
    /// does.
    @Suite(.enabled(if: Repository.hasTool("strace"), "strace is not installed"))
    struct Durability {
        /// Three series one after the other, then three at a time, so that commits are shared.
        private static let trace: Result<(text: String, port: Int, objects: Int), any Error> = Result {
            let node = try TestNode(TestNode.Settings(hasPipeline: false), start: false)
            let file = node.folder.url.appending(path: "trace")
            let calls = "trace=\(SystemCallTrace.traced)"
            try node.start(through: ["strace", "-D", "-f", "-yy", "-s", "1", "-e", calls, "-o", file.path])
            let series = try Phantom.small(copies: 4, in: node.folder)
            try #require(try node.send(series[0]).status == 0)
            for sender in try series[1...].map({ try SenderPeer([$0], to: node) }) { try sender.finished() }
            try #require(try node.stop() == 0)
            var text = ""
            try eventually("strace has written everything") {
                text = try String(contentsOf: file, encoding: .utf8)
                let last = text.split(separator: "\n").last ?? ""
                return last.hasPrefix("\(node.process.identifier) ") && last.hasSuffix("+++ exited with 0 +++")
            }
            return (text, node.port, series.reduce(0) { $0 + ScratchFolder.files(below: $1).count })
        }

        @Test("The syncs of file, folder and WAL come before each C-STORE response")
        func order() throws {
            let (text, port, objects) = try Self.trace.get()
            let trace = SystemCallTrace(text, port: port)
            #expect(trace.responseCount == objects)
            #expect(trace.omissions == [])
        }

        @Test("A trace without one of them is found wanting", arguments: SystemCallTrace.Step.allCases)
        func missing(_ step: SystemCallTrace.Step) throws {
            let (text, port, objects) = try Self.trace.get()
            let doctored = SystemCallTrace(Self.without(step, in: text), port: port)
            #expect(doctored.responseCount == objects)
            #expect(doctored.omissions.count == objects)
            #expect(doctored.omissions.contains { $0.step == step })
        }

        @Test("So is one where a response leaves first")
        func early() throws {
            let (text, port, _) = try Self.trace.get()
            var lines = text.split(separator: "\n")
            let response = try #require(lines.firstIndex { $0.contains(":\(port)->") && $0.contains("\"\\4\"") })
            let commit = try #require(
                lines[..<response].lastIndex { $0.contains("fdatasync(") && $0.contains("-wal>") })
            let sync = lines.remove(at: commit)
            lines.insert(sync, at: response)
            let omissions = SystemCallTrace(lines.joined(separator: "\n"), port: port).omissions
            #expect(omissions.map(\.step) == [.databaseSync])
        }

        private static func without(_ step: SystemCallTrace.Step, in text: String) -> String {
            let lines = text.split(separator: "\n").filter { line in
                let isSync = line.contains("fsync(") || line.contains("fdatasync(")
                return switch step {
                case .fileSync: !(isSync && line.contains("/spool/"))
                case .rename: !line.contains(" rename(")
                case .folderSync: !(isSync && line.contains("/store/"))
                case .databaseSync: !(isSync && line.contains("-wal>"))
                }
            }
            return lines.joined(separator: "\n")
        }
    }
}
