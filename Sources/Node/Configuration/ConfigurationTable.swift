import TOMLKit

/// One table of the file, read key by key: a wrong type or an impossible value is reported and the default kept, and
/// what nobody asked for is an unknown key.
final class ConfigurationTable {
    let path: String
    let report: ConfigurationReport
    private let values: TOMLTable?
    private var known: [String] = []

    init(_ values: TOMLTable?, path: String, report: ConfigurationReport) {
        self.values = values
        self.path = path
        self.report = report
    }

    var isPresent: Bool { values != nil }

    func keyPath(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// - Parameter key: empty for the table itself.
    func refuse(_ key: String, _ message: String) { report.refuse(key.isEmpty ? path : keyPath(key), message) }

    func warn(_ key: String, _ message: String) { report.warn(keyPath(key), message) }

    /// - Parameter check: what is wrong with the value, or nil.
    func string(_ key: String, _ fallback: String, check: (String) -> String? = { _ in nil }) -> String {
        optionalString(key, check: check) ?? fallback
    }

    func optionalString(_ key: String, check: (String) -> String? = { _ in nil }) -> String? {
        guard let value: String = value(key, "a text in quotes", { $0.string }) else { return nil }
        return accept(key, value, check)
    }

    func requiredString(_ key: String, check: (String) -> String? = { _ in nil }) -> String {
        if isPresent, values?[key] == nil { refuse("", "\(key) is missing; add it") }
        return string(key, "", check: check)
    }

    func strings(_ key: String, _ fallback: [String], check: (String) -> String? = { _ in nil }) -> [String] {
        let texts: [String]? = value(key, "a list of texts, such as [\"CT\"]") { value in
            guard let array = value.array else { return nil }
            let texts = array.map { $0.string }
            return texts.contains(nil) ? nil : texts.compactMap(\.self)
        }
        for text in texts ?? [] { _ = accept(key, text, check) }
        return texts ?? fallback
    }

    func integer(_ key: String, _ fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let value = value(key, "a whole number", { $0.int }) else { return fallback }
        return accept(key, value) {
            range.contains($0) ? nil : "\($0) is not in \(range.lowerBound) to \(range.upperBound)"
        }
            ?? fallback
    }

    func requiredInteger(_ key: String, in range: ClosedRange<Int>) -> Int {
        if isPresent, values?[key] == nil { refuse("", "\(key) is missing; add it") }
        return integer(key, range.lowerBound, in: range)
    }

    func number(_ key: String, _ fallback: Double, in range: ClosedRange<Double>) -> Double {
        optionalNumber(key, in: range) ?? fallback
    }

    func optionalNumber(_ key: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = value(key, "a number", { $0.double ?? $0.int.map(Double.init) }) else { return nil }
        return accept(key, value) {
            range.contains($0) ? nil : "\($0) is not in \(range.lowerBound) to \(range.upperBound)"
        }
    }

    func boolean(_ key: String, _ fallback: Bool) -> Bool { value(key, "true or false", { $0.bool }) ?? fallback }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ fallback: Choice) -> Choice
    where Choice.RawValue == String {
        guard let text = optionalString(key, check: Self.isOne(of: Choice.self)) else { return fallback }
        return Choice(rawValue: text) ?? fallback
    }

    /// What is wrong with a text that must be one of the cases of `Choice`.
    static func isOne<Choice: RawRepresentable & CaseIterable>(of: Choice.Type) -> (String) -> String?
    where Choice.RawValue == String {
        { text in
            let names = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            return Choice(rawValue: text) == nil ? "\"\(text)\" is not one of \(names)" : nil
        }
    }

    func table(_ key: String) -> ConfigurationTable {
        ConfigurationTable(value(key, "a table [\(keyPath(key))]", { $0.table }), path: keyPath(key), report: report)
    }

    func tables(_ key: String) -> [ConfigurationTable] {
        let found: [TOMLTable] =
            value(key, "tables [[\(keyPath(key))]]") { value in
                guard let array = value.array else { return nil }
                let tables = array.map { $0.table }
                return tables.contains { $0 == nil } ? nil : tables.compactMap(\.self)
            } ?? []
        return found.enumerated().map { index, table in
            ConfigurationTable(table, path: "\(keyPath(key))[\(index)]", report: report)
        }
    }

    /// To be called when everything known has been read.
    func refuseUnknownKeys() {
        for key in values?.keys.sorted() ?? [] where !known.contains(key) {
            let nearest = known.min { Self.distance($0, key) < Self.distance($1, key) }
            let isClose = nearest.map { Self.distance($0, key) <= 3 } ?? false
            let advice =
                isClose
                ? "did you mean \(nearest ?? "")?" : "the keys here are \(known.sorted().joined(separator: ", "))"
            refuse(key, "unknown key; \(advice)")
        }
    }

    private func know(_ key: String) {
        known.append(key)
        report.know(keyPath(key).replacing(#/\[\d+\]/#, with: ""))
    }

    private func value<Value>(_ key: String, _ wanted: String, _ read: (any TOMLValueConvertible) -> Value?) -> Value? {
        know(key)
        guard let found = values?[key] else { return nil }
        if let value = read(found) { return value }
        refuse(key, "must be \(wanted), but is a \(found.type.description)")
        return nil
    }

    private func accept<Value>(_ key: String, _ value: Value, _ check: (Value) -> String?) -> Value? {
        guard let problem = check(value) else { return value }
        refuse(key, problem)
        return nil
    }

    /// The edit distance of Levenshtein.
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (i, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in right.indices {
                let substitution = diagonal + (character == right[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
