import Archive
import Foundation
import GRDB
import Glibc
import Testing

@Suite("Archive: durability", .serialized)
struct ArchiveDurabilityTests {
    @Test("every commit syncs the WAL: synchronous is FULL (2)", arguments: [Archive.Access.daemon, .tool])
    func synchronousFull(access: Archive.Access) throws {
        let fixture = try ArchiveFixture()
        _ = try fixture.open()
        #expect(try fixture.open(access: access).synchronousMode() == 2)
    }

    /// What the kernel was asked to do between two marks in this process.
    private func trace(_ body: () throws -> Void) throws -> [String]? {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("trace-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        let strace = Process()
        strace.executableURL = URL(fileURLWithPath: "/usr/bin/strace")
        strace.arguments = [
            "-f", "-y", "-p", String(getpid()), "-o", output.path,
            "-e", "trace=fsync,fdatasync,rename,renameat,renameat2,access,faccessat,faccessat2",
        ]
        strace.standardError = FileHandle.nullDevice
        try strace.run()
        // It inherits the signal mask of this thread, on which SIGTERM may be blocked; the kernel detaches it.
        defer {
            kill(strace.processIdentifier, SIGKILL)
            strace.waitUntilExit()
        }
        let lines = { try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map(String.init) }
        /// Makes a mark until it is seen: attaching takes a moment, and so does writing the trace.
        func mark(_ name: String) -> Bool {
            for _ in 1...500 where strace.isRunning {
                _ = access("/mark/\(name)", F_OK)
                usleep(20_000)
                if let seen = try? lines(), seen.contains(where: { $0.contains("/mark/\(name)") }) { return true }
            }
            return false
        }
        guard mark("begin") else { return nil }
        try body()
        guard mark("end") else { return nil }
        let all = try lines()
        let begin = try #require(all.lastIndex { $0.contains("/mark/begin") })
        let end = try #require(all.firstIndex { $0.contains("/mark/end") })
        return Array(all[begin..<end])
    }

    @Test(
        "file, folder and WAL are synced, in this order, before the call returns",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")))
    func order() throws {
        let fixture = try ArchiveFixture()
        let archive = try fixture.open()
        try archive.receive(ObjectDescription(sop: "1.2.3.4.9"))
        let spooled = try archive.spooled(ObjectDescription())
        let calls = try trace { _ = try archive.store(spooled) }
        guard let calls else { return }  // No permission to trace here.
        let root = fixture.directory.path
        func index(_ words: String...) -> Int? { calls.firstIndex { call in words.allSatisfy { call.contains($0) } } }
        let file = try #require(index("fsync(", root + "/spool/"))
        let rename = try #require(index("rename", root + "/store/"))
        let folder = try #require(index("fsync(", root + "/store/"))
        let wal = try #require(calls.lastIndex { $0.contains("sync(") && $0.contains("archive.sqlite-wal") })
        #expect(file < rename && rename < folder && folder < wal, "\(calls)")
    }

    @Test(
        "a failing system call leaves neither file nor row, and the right answer",
        arguments: [
            (ENOSPC, ArchiveError.Code.outOfSpace), (EROFS, .readOnly), (EIO, .internal),
        ])
    func faults(errno: Int32, expected: ArchiveError.Code) throws {
        let fixture = try ArchiveFixture()
        let files = FaultyFileSystem()
        let archive = try fixture.open(fileSystem: files)
        var failures = 0
        for call in 1... {
            files.fail(call: call, with: errno)
            let failure = code { try archive.receive(ObjectDescription()) }
            guard files.hasFailed, let failure else { break }
            failures += 1
            #expect(failure == expected)
            #expect(fixture.files(in: "store") == [] && fixture.files(in: "spool") == [], "call \(call)")
            #expect(try archive.studies().isEmpty && archive.storedBytes() == 0)
        }
        #expect(failures == 4, "digest, fsync, rename, fsync of the folder")
        #expect(fixture.files(in: "store").count == 1)
        #expect(try archive.onlySeries().instanceCount == 1)
    }

    @Test("a failing system call while an answer is stored leaves the job running and nothing of the answer")
    func faultsOfAnswers() throws {
        let fixture = try ArchiveFixture()
        let files = FaultyFileSystem()
        let archive = try fixture.open(fileSystem: files)
        try archive.enqueueJob(on: archive.receiveSeries())
        let job = try #require(try archive.claim())
        let inputs = fixture.files(in: "store")
        var failures = 0
        for call in 1... {
            let answer = try archive.answer()
            files.fail(call: call, with: EIO)
            let failure = code { _ = try archive.finish(job, answer) }
            guard failure != nil else { break }
            failures += 1
            #expect(fixture.files(in: "store") == inputs && fixture.files(in: "spool") == [], "call \(call)")
            #expect(try archive.state(of: job) == .running)
            #expect(try archive.deliveries().isEmpty && archive.results(of: job.id).isEmpty)
        }
        #expect(failures >= 7)
        #expect(try archive.state(of: job) == .delivering)
    }

    @Test("one object that fails does not fail the others of its batch")
    func batchMates() throws {
        let fixture = try ArchiveFixture()
        let archive = try fixture.open(fileSystem: FaultyFileSystem(syncSeconds: 0.01))
        let group = DispatchGroup()
        let good = (1...6).map { ObjectDescription(sop: "1.2.3.4.\($0)", association: "A\($0)", content: "good \($0)") }
        let bad = ObjectDescription(sop: "1.2.3.4.100", content: "good 1")
        try archive.receive(good[0])
        for object in good.dropFirst() + [bad] {
            group.enter()
            Thread.detachNewThread {
                defer { group.leave() }
                _ = try? archive.receive(object)
            }
        }
        group.wait()
        #expect(try archive.onlySeries().instanceCount == good.count)
        #expect(fixture.files(in: "store").count == good.count && fixture.files(in: "spool").isEmpty)
    }
}
