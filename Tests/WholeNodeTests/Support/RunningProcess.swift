import Foundation

/// A child process whose output goes to files, and which does not outlive its owner.
final class RunningProcess {
    struct Timeout: Error, CustomStringConvertible {
        let description: String
    }

    private let process = Process()
    private let stdoutFile: URL
    private let stderrFile: URL

    /// - Parameter executable: an absolute path, or the name of a peer's tool.
    init(
        _ executable: String, _ arguments: [String], in folder: ScratchFolder, environment: [String: String] = [:]
    ) throws {
        let path = executable.hasPrefix("/") ? executable : try Self.path(ofTool: executable)
        let name = "\(URL(filePath: path).lastPathComponent)-\(UUID().uuidString.prefix(8))"
        stdoutFile = folder.url.appending(path: "\(name).out")
        stderrFile = folder.url.appending(path: "\(name).err")
        for file in [stdoutFile, stderrFile] { try Data().write(to: file) }
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = folder.url
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: stdoutFile)
        process.standardError = try FileHandle(forWritingTo: stderrFile)
        try Self.withSignalsUnblocked { try process.run() }
    }

    /// A child inherits the signal mask of the thread that starts it, and the threads of the test runner block SIGTERM:
    /// a child with it could not be stopped politely.
    private static func withSignalsUnblocked(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    var identifier: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var standardOutput: String { text(stdoutFile) }
    var standardError: String { text(stderrFile) }
    var outputData: Data { (try? Data(contentsOf: stdoutFile)) ?? Data() }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end; a process that does not end in time is killed and reported.
    @discardableResult
    func waitUntilExit(within seconds: Double = 60) throws -> Int32 {
        let deadline = Date.now.addingTimeInterval(seconds)
        while process.isRunning {
            guard Date.now < deadline else {
                signal(SIGKILL)
                let what = process.executableURL?.path ?? ""
                throw Timeout(description: "\(what) ran longer than \(seconds) s\n\(standardError)")
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return process.terminationStatus
    }

    private func text(_ file: URL) -> String {
        (try? Data(contentsOf: file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private static func path(ofTool name: String) throws -> String {
        guard let path = Repository.tool(name) else {
            throw Timeout(description: "\(name) is not installed: run make test")
        }
        return path
    }
}

/// What a finished process left.
struct ProcessResult {
    let status: Int32
    let output: String
    let error: String
    var outputData: Data { Data(output.utf8) }
}

/// Runs a tool to its end.
@discardableResult
func run(
    _ executable: String, _ arguments: [String], in folder: ScratchFolder, within seconds: Double = 120,
    environment: [String: String] = [:]
) throws -> ProcessResult {
    let process = try RunningProcess(executable, arguments, in: folder, environment: environment)
    let status = try process.waitUntilExit(within: seconds)
    return ProcessResult(status: status, output: process.standardOutput, error: process.standardError)
}

/// Runs the binary under test to its end.
@discardableResult
func fovea(_ arguments: [String], in folder: ScratchFolder) throws -> ProcessResult {
    try run(Repository.fovea, arguments, in: folder)
}

/// Runs a script of Tests/Peers; returns what it printed.
@discardableResult
func runPeer(_ script: String, _ arguments: [String], in folder: ScratchFolder) throws -> String {
    let result = try run(Repository.python, [Repository.peers.appending(path: script).path] + arguments, in: folder)
    guard result.status == 0 else { throw RunningProcess.Timeout(description: result.error) }
    return result.output
}

/// Waits until a condition holds; says what it waited for when it never does.
func eventually(_ what: String, within seconds: Double = 30, _ condition: () throws -> Bool) throws {
    let deadline = Date.now.addingTimeInterval(seconds)
    while try !condition() {
        guard Date.now < deadline else { throw RunningProcess.Timeout(description: "Not within \(seconds) s: \(what)") }
        Thread.sleep(forTimeInterval: 0.02)
    }
}
