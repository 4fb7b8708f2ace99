import Archive
import Foundation
import Testing

/// A file system of its own, where the tests may mount one.
private final class SmallDisk {
    let directory: URL

    init?(megabytes: Int) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("fovea-disk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        guard try run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", directory.path) else { return nil }
    }

    func makeReadOnly() throws -> Bool { try run("mount", "-o", "remount,ro", directory.path) }

    func makeWritable() throws -> Bool { try run("mount", "-o", "remount,rw", directory.path) }

    private func run(_ arguments: String...) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    deinit {
        _ = try? run("umount", "-l", directory.path)
        try? FileManager.default.removeItem(at: directory)
    }
}

@Suite("Archive: disks", .serialized, .enabled(if: getuid() == 0))
struct ArchiveDiskTests {
    private func object(_ number: Int) -> ObjectDescription {
        ObjectDescription(sop: "1.2.3.4.\(number)", content: "\(number) " + String(repeating: "x", count: 100_000))
    }

    @Test("a full disk is refused with out of space; what was acknowledged stays; room helps at once")
    func full() throws {
        guard let disk = try SmallDisk(megabytes: 8) else { return }
        let fixture = ArchiveFixture(directory: disk.directory.appendingPathComponent("data"))
        let archive = try fixture.open()
        let ballast = disk.directory.appendingPathComponent("ballast")
        try Data(count: 3 << 20).write(to: ballast)
        var stored = 0
        var failure: (any Error)?
        while failure == nil && stored < 200 {
            do {
                try archive.receive(object(stored + 1))
                stored += 1
            } catch { failure = error }
        }
        #expect(stored > 3 && stored < 100)
        if let failure = failure as? ArchiveError { #expect(failure.code == .outOfSpace) }
        #expect(fixture.files(in: "store").count == stored)
        try FileManager.default.removeItem(at: ballast)
        #expect(try archive.onlySeries().instanceCount == stored)
        try archive.receive(object(1000))
        #expect(try archive.onlySeries().instanceCount == stored + 1)
    }

    @Test("admission closes before the disk is full")
    func admission() throws {
        guard let disk = try SmallDisk(megabytes: 64) else { return }
        let fixture = ArchiveFixture(directory: disk.directory.appendingPathComponent("data"))
        let marks = Watermarks(refuseAssociationsBelowBytes: 40 << 20, refuseObjectsBelowBytes: 20 << 20)
        let archive = try fixture.open(ArchiveConfiguration(watermarks: marks))
        #expect(try archive.admission() == .open)
        try Data(count: 30 << 20).write(to: disk.directory.appendingPathComponent("first"))
        guard case .refuseAssociations = try archive.admission() else { return #expect(Bool(false)) }
        try Data(count: 20 << 20).write(to: disk.directory.appendingPathComponent("second"))
        guard case .refuseObjects = try archive.admission() else { return #expect(Bool(false)) }
    }

    @Test("a disk that became read-only is refused as such, and nothing is lost")
    func readOnly() throws {
        guard let disk = try SmallDisk(megabytes: 8) else { return }
        let fixture = ArchiveFixture(directory: disk.directory.appendingPathComponent("data"))
        try fixture.open().receive(object(1))
        guard try disk.makeReadOnly() else { return }
        #expect(code { _ = try fixture.open() } == .readOnly)
        #expect(try disk.makeWritable())
        #expect(try fixture.open().onlySeries().instanceCount == 1)
    }
}
