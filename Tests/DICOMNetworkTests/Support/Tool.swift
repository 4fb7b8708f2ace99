import Foundation
import Glibc

/// A DCMTK command line tool as a peer; never outlives the test.
final class Tool {
    private let process = Process()
    private let output = Pipe()

    /// Starts `/usr/bin/NAME`.
    init(_ name: String, _ arguments: [String], in folder: URL? = nil) throws {
        process.executableURL = URL(filePath: "/usr/bin/\(name)")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        if let folder { process.currentDirectoryURL = folder }
        try process.run()
    }

    deinit { stop() }

    static func isInstalled(_ name: String) -> Bool { access("/usr/bin/\(name)", X_OK) == 0 }

    /// Waits for the end and returns the exit status with everything written.
    func finish() -> (status: Int32, output: String) {
        let watchdog = DispatchWorkItem { [process] in kill(process.processIdentifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: watchdog)
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        watchdog.cancel()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// Not by SIGTERM: a child of a dispatch thread inherits its mask, where that is blocked.
    func stop() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
