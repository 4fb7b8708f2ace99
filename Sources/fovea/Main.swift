import ArgumentParser
import Foundation

/// Parses, runs, and turns every error into a message on stderr and one of the three exit codes.
@main struct Main {
    static func main() async {
        do {
            var command = try Fovea.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(error)
        }
    }

    private static func end(_ error: any Error) -> Never {
        let code = Fovea.exitCode(for: error)
        if let failure = error as? CommandFailure {
            Terminal.complain("fovea: \(failure.message)")
            exit(failure.code.rawValue)
        }
        let isOurs = code != .success && code != .validationFailure && !(error is ExitCode) && !(error is CleanExit)
        let message = isOurs ? "fovea: \(error)" : Fovea.fullMessage(for: error)
        if code == .success { print(message) } else if !message.isEmpty { Terminal.complain(message) }
        exit(code == .success ? 0 : code == .validationFailure ? 2 : 1)
    }
}
