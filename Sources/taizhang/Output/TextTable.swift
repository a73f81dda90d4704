/// Rows in columns that line up by display width.
struct TextTable {
  private var rows: [[String]] = []
  private let header: [String]

  init(_ header: [String]) { self.header = header }

  mutating func add(_ cells: [String]) { rows.append(cells.map(SafeText.line)) }

  var isEmpty: Bool { rows.isEmpty }

  var lines: [String] {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
    return all.map { row in
      var cells = row.enumerated().map { DisplayWidth.padded($1, to: widths[$0]) }
      cells[cells.count - 1] = row[row.count - 1]
      return cells.joined(separator: "  ")
    }
  }
}
