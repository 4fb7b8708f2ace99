import Foundation

/// A bar on stderr while a network runs, if that is a terminal.
final class ProgressBar {
    private let isShown: Bool
    private let title: String
    private var lastPercent = -1

    private static let width = 30

    init(_ title: String, isShown: Bool) {
        self.title = title
        self.isShown = isShown && Terminal.standardErrorIsTerminal
    }

    func show(_ share: Double) {
        let percent = Int(max(0, min(1, share)) * 100)
        guard isShown, percent != lastPercent else { return }
        lastPercent = percent
        let filled = percent * Self.width / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        write("\r\(title) [\(bar)] \(percent) %")
    }

    func end() {
        guard isShown, lastPercent >= 0 else { return }
        write("\r\u{1B}[K")
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
