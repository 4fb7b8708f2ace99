import ArgumentParser
import Foundation

/// A time in the past: `30m`, `12h`, `7d`, or a date such as `2026-03-31`.
struct PastTime: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        if let unit = argument.last.flatMap({ units[$0] }), let count = Double(argument.dropLast()), count >= 0 {
            date = Date(timeIntervalSinceNow: -count * unit)
        } else if let day = try? Date(
            argument, strategy: Date.ISO8601FormatStyle(timeZone: .current).year().month().day())
        {
            date = day
        } else {
            return nil
        }
    }
}
