/// Where each key of a TOML text stands, since TOMLKit names lines for syntax errors only.
///
/// A scan, not a parser: it follows table headers, keys and multi-line values of a text that TOMLKit has already
/// accepted. Keys inside inline tables stand on the line of the key that holds them.
struct TOMLKeyLines {
    private var lines: [String: Int] = [:]
    private var tableCounts: [String: Int] = [:]
    private var table = ""
    /// What ends the value that began on an earlier line.
    private var open = OpenValue()

    init(_ text: String) {
        let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, row) in rows.enumerated() { scan(row.drop { $0 == " " || $0 == "\t" }, line: index + 1) }
    }

    /// The line of a key such as `peers[1].host`, or of the nearest table that holds it.
    subscript(path: String) -> Int? {
        var path = Substring(path)
        while !path.isEmpty {
            if let line = lines[String(path)] { return line }
            guard let cut = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
            path = path[..<cut]
        }
        return nil
    }

    private mutating func scan(_ row: Substring, line: Int) {
        if open.isOpen { return open.read(row) }
        if row.hasPrefix("[") { return enterTable(row, line: line) }
        guard !row.hasPrefix("#"), let equals = Self.equalsSign(in: row) else { return }
        let key = Self.bare(row[..<equals])
        lines[table.isEmpty ? key : "\(table).\(key)"] = line
        open.read(row[row.index(after: equals)...])
    }

    private mutating func enterTable(_ row: Substring, line: Int) {
        let isArray = row.hasPrefix("[[")
        let name = Self.bare(row.drop { $0 == "[" }.prefix { $0 != "]" })
        table = name
        if isArray {
            let index = tableCounts[name, default: 0]
            tableCounts[name] = index + 1
            table = "\(name)[\(index)]"
        }
        lines[table] = line
        if lines[name] == nil { lines[name] = line }
    }

    private static func equalsSign(in row: Substring) -> Substring.Index? {
        var quote: Character?
        return row.indices.first { index in
            let character = row[index]
            if let current = quote {
                if character == current { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            }
            return quote == nil && character == "="
        }
    }

    private static func bare(_ key: Substring) -> String {
        String(key.filter { !" \t\"'".contains($0) })
    }
}

/// The brackets and quotes of a value that goes on over several lines.
private struct OpenValue {
    private var depth = 0
    private var quote: String?

    var isOpen: Bool { depth > 0 || quote != nil }

    mutating func read(_ row: Substring) {
        var rest = row
        while !rest.isEmpty {
            if let quote {
                skip(quote, in: &rest)
            } else if let opening = ["\"\"\"", "'''", "\"", "'"].first(where: rest.hasPrefix) {
                quote = opening
                rest = rest.dropFirst(opening.count)
            } else if rest.first == "#" {
                return
            } else {
                depth += rest.first == "[" ? 1 : rest.first == "]" ? -1 : 0
                rest = rest.dropFirst()
            }
        }
        if quote?.count == 1 { quote = nil }
    }

    private mutating func skip(_ closing: String, in rest: inout Substring) {
        if rest.hasPrefix(closing) {
            rest = rest.dropFirst(closing.count)
            quote = nil
        } else {
            rest = rest.dropFirst(rest.first == "\\" && closing.first == "\"" ? 2 : 1)
        }
    }
}
