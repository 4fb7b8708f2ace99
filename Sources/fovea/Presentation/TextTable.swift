/// Rows in aligned columns, for people.
struct TextTable {
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: (String, Alignment)...) { self.columns = columns.map { (title: $0.0, alignment: $0.1) } }

    mutating func add(_ cells: String...) { rows.append(cells) }

    /// The title line and a line for each row; "-" stands for nothing.
    var text: String {
        let cells = [columns.map(\.title)] + rows.map { $0.map { $0.isEmpty ? "-" : $0 } }
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let line = row.indices.map { pad(row[$0], widths[$0], columns[$0].alignment) }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    private func pad(_ cell: String, _ width: Int, _ alignment: Alignment) -> String {
        let padding = String(repeating: " ", count: width - cell.count)
        return alignment == .left ? cell + padding : padding + cell
    }
}
