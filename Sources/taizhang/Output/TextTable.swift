/// Rows in columns that line up by display width.
struct TextTable {
  private var rows: [[String]] = []
  /// Lines of their own below a row, by the row's position.
  private var notes: [Int: [String]] = [:]
  private let header: [String]

  init(_ header: [String]) { self.header = header }

  mutating func add(_ cells: [String]) { rows.append(cells.map(SafeText.line)) }

  /// A line below the last row, as it is: what came from a record must be safe already.
  mutating func add(note: String) { notes[rows.count, default: []].append(note) }

  var isEmpty: Bool { rows.isEmpty }

  var lines: [String] {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
    return all.enumerated().flatMap { number, row in
      var cells = row.enumerated().map { DisplayWidth.padded($1, to: widths[$0]) }
      cells[cells.count - 1] = row[row.count - 1]
      return [cells.joined(separator: "  ")] + (notes[number] ?? [])
    }
  }
}
