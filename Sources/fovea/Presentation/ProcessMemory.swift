import Foundation

/// The memory of this process.
enum ProcessMemory {
    /// The most that was resident so far, by the kernel's own count (`VmHWM`); `getrusage` would count what a parent
    /// had at the time of the fork. nil where there is no /proc.
    static var peakMB: Double? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        else { return nil }
        return kilobytes * 1024 / 1e6
    }
}
