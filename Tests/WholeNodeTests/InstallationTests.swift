import Foundation
import Testing

extension WholeNodeTests {
    /// `make install` and what systemd says of the unit.
    @Suite(.enabled(if: Repository.hasTool("systemd-analyze"), "systemd is not installed"))
    struct Installation {
        /// Installs the built binary below a scratch folder.
        private func install(in scratch: ScratchFolder) throws -> URL {
            let arguments = [
                "-C", Repository.root.path, "-o", "build", "install", "DESTDIR=\(scratch.url.path)", "PREFIX=/opt/fovea",
                "BINARY=\(Repository.fovea)",
            ]
            let result = try run("make", arguments, in: scratch)
            #expect(result.status == 0, "\(result.error)")
            return scratch.url.appending(path: "opt/fovea")
        }

        @Test("Everything is in its place, and the installed configuration is accepted")
        func places() throws {
            let scratch = try ScratchFolder()
            let root = try install(in: scratch)
            for path in [
                "bin/fovea", "share/fovea/fovea.toml", "share/fovea/models/lung-nodules/model.json",
                "share/doc/fovea/Operations.md", "lib/systemd/system/fovea.service", "lib/sysusers.d/fovea.conf",
                "lib/tmpfiles.d/fovea.conf",
            ] {
                #expect(FileManager.default.fileExists(atPath: root.appending(path: path).path), "\(path)")
            }
            let configuration = root.appending(path: "share/fovea/fovea.toml").path
            #expect(try String(contentsOfFile: configuration, encoding: .utf8).contains("\"/opt/fovea/share/fovea/models\""))
            let check = try run(root.appending(path: "bin/fovea").path, ["check-config", configuration], in: scratch)
            #expect(check.status == 0, "\(check.error)")
            let verify = try run(
                root.appending(path: "bin/fovea").path, ["model", "verify", "lung-nodules"],
                in: scratch)
            #expect(verify.status == 0, "\(verify.error)")
        }

        @Test("systemd finds the unit clean, and its exposure at most 2.0")
        func unit() throws {
            let scratch = try ScratchFolder()
            let installed = try install(in: scratch).appending(path: "lib/systemd/system/fovea.service")
            let unit = scratch.url.appending(path: "fovea.service")
            try String(contentsOf: installed, encoding: .utf8)
                .replacingOccurrences(of: "/opt/fovea/bin/fovea", with: Repository.fovea)
                .write(to: unit, atomically: true, encoding: .utf8)
            let verify = try run("systemd-analyze", ["verify", unit.path], in: scratch)
            #expect(verify.status == 0)
            #expect(verify.output + verify.error == "")
            let security = try run("systemd-analyze", ["security", "--offline=true", unit.path], in: scratch)
            let exposure = security.output.split(separator: "\n").first { $0.contains("Overall exposure level") }
            let level = exposure?.split(separator: " ").compactMap { Double($0) }.first
            #expect(try #require(level) <= 2.0)
        }
    }
}
