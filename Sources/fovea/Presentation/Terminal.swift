import Foundation

/// What goes to the person at the terminal.
enum Terminal {
    static func complain(_ message: String) { FileHandle.standardError.write(Data((message + "\n").utf8)) }

    static var standardErrorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
