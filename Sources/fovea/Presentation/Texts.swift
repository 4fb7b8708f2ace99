import Foundation

/// Values as the tables show them.
enum Texts {
    static func date(_ date: Date?) -> String {
        guard let date else { return "" }
        let style = Date.VerbatimFormatStyle(
            format: "\(year: .padded(4))-\(month: .twoDigits)-\(day: .twoDigits) \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits)",
            timeZone: .current, calendar: Calendar(identifier: .gregorian))
        return date.formatted(style)
    }

    static func megabytes(_ bytes: Int64) -> String { decimal(Double(bytes) / 1e6, 1) }

    static func decimal(_ value: Double?, _ digits: Int) -> String {
        guard let value, value.isFinite else { return "" }
        return String(format: "%.\(digits)f", value)
    }
}
