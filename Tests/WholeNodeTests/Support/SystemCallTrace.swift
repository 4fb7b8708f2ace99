import Foundation

/// What `strace -f -yy -s 1` wrote of a node that receives objects, and whether it shows that each was on disk before
/// its C-STORE response left.
struct SystemCallTrace {
    /// The system calls of `strace` that the proof needs.
    static let traced = "openat,write,writev,pwrite64,fsync,fdatasync,rename,renameat,renameat2,sendto,sendmsg"

    /// What must be there between the last byte of an object and its response.
    enum Step: String, CaseIterable {
        case fileSync = "fsync of the spool file after its last byte"
        case rename = "rename into the store after the file's sync"
        case folderSync = "fsync of the store's folder after the rename"
        case databaseSync = "write of the database's WAL after the folder's sync, and its sync"
    }

    /// A response that left before everything was on disk.
    struct Omission: Hashable, CustomStringConvertible {
        let response: Int
        let step: Step
        var description: String { "response \(response): no \(step.rawValue) before it" }
    }

    private struct Call {
        let thread: Substring
        let text: String
        /// Lines of the trace.
        let began: Int
        let ended: Int

        func isOne(of names: [String]) -> Bool { names.contains { text.hasPrefix($0 + "(") } }
        func isOnDescriptor(of path: String) -> Bool { text.contains("<\(path)>") }
        func isBetween(_ first: Int, _ last: Int) -> Bool { began > first && ended < last }
        var isWrite: Bool { isOne(of: ["write", "writev", "pwrite64"]) }
        var isSync: Bool { isOne(of: ["fsync", "fdatasync"]) }
        /// The strings among the arguments.
        var strings: [String] {
            text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
    }

    private let calls: [Call]
    private let responses: [Call]

    /// - Parameter port: the node's
    init(_ text: String, port: Int) {
        var calls: [Call] = []
        var unfinished: [Substring: (text: String, line: Int)] = [:]
        for (line, content) in text.split(separator: "\n").enumerated() {
            let fields = content.split(separator: " ", maxSplits: 1)
            guard fields.count == 2 else { continue }
            let (thread, rest) = (fields[0], fields[1].trimmingCharacters(in: .whitespaces))
            if rest.hasSuffix("<unfinished ...>") {
                unfinished[thread] = (String(rest.dropLast("<unfinished ...>".count)), line)
            } else if rest.hasPrefix("<..."), let end = rest.range(of: "resumed>"), let begun = unfinished[thread] {
                unfinished[thread] = nil
                calls.append(
                    Call(thread: thread, text: begun.text + rest[end.upperBound...], began: begun.line, ended: line))
            } else {
                calls.append(Call(thread: thread, text: rest, began: line, ended: line))
            }
        }
        self.calls = calls.filter { !$0.text.contains(" = -1 ") }
        // A P-DATA-TF begins with the byte 4 (PS3.8 §9.3.5), which strace writes as "\4".
        responses = self.calls.filter { call in
            call.isOne(of: ["sendto", "sendmsg", "write", "writev"]) && call.text.contains(":\(port)->")
                && call.text.contains("\"\\4\"")
        }
    }

    var responseCount: Int { responses.count }

    var omissions: [Omission] {
        var used: Set<String> = []
        return responses.enumerated().compactMap { number, response in
            firstMissing(before: response, &used).map { Omission(response: number, step: $0) }
        }
    }

    /// - Parameter used: spool files of earlier responses, none of which stands for two
    private func firstMissing(before response: Call, _ used: inout Set<String>) -> Step? {
        let created = calls.last {
            $0.ended < response.began && $0.thread == response.thread && $0.isOne(of: ["openat"])
                && $0.text.contains("/spool/") && $0.text.contains("O_CREAT")
        }
        let earlier = calls.filter { $0.isBetween(created?.ended ?? 0, response.began) }
        guard let spool = created?.strings.first, used.insert(spool).inserted,
            let lastByte = earlier.last(where: { $0.isWrite && $0.isOnDescriptor(of: spool) }),
            let fileSync = earlier.first(where: {
                $0.isSync && $0.isOnDescriptor(of: spool) && $0.began > lastByte.ended
            })
        else { return .fileSync }
        guard
            let rename = earlier.first(where: { $0.text.hasPrefix("rename") && $0.strings.first == spool }),
            rename.began > fileSync.ended, let destination = rename.strings.last
        else { return .rename }
        let folder = URL(filePath: destination).deletingLastPathComponent().path
        guard
            let folderSync = earlier.first(where: {
                $0.isSync && $0.isOnDescriptor(of: folder) && $0.began > rename.ended
            })
        else { return .folderSync }
        let isCommitted = earlier.contains { write in
            write.isWrite && write.text.contains("-wal>") && write.began > folderSync.ended
                && earlier.contains { $0.isSync && $0.text.contains("-wal>") && $0.began > write.ended }
        }
        return isCommitted ? nil : .databaseSync
    }
}
