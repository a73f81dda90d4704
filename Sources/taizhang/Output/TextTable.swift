/// Rows in columns that line up by display width.
struct TextTable {
  /// Blanks between two columns.
  static let gap = 2

  private var rows: [[String]] = []
  /// Lines of their own below a row, by the row's position.
  private var notes: [Int: [String]] = [:]
  private let header: [String]
  /// Columns of numbers, which stand at the right.
  private let numbers: Set<Int>

  init(_ header: [String], numbers: Set<Int> = []) {
    self.header = header
    self.numbers = numbers
  }

  mutating func add(_ cells: [String]) { rows.append(cells.map(SafeText.line)) }

  /// A line below the last row, as it is: what came from a record must be safe already.
  mutating func add(note: String) { notes[rows.count, default: []].append(note) }

  var isEmpty: Bool { rows.isEmpty }

  var lines: [String] {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
    return all.enumerated().flatMap { number, row in
      var cells = row.enumerated().map { column, cell in
        numbers.contains(column)
          ? DisplayWidth.filled(cell, to: widths[column]) : DisplayWidth.padded(cell, to: widths[column])
      }
      // No blanks at the end of a line.
      if !numbers.contains(cells.count - 1) { cells[cells.count - 1] = row[row.count - 1] }
      return [cells.joined(separator: String(repeating: " ", count: TextTable.gap))] + (notes[number] ?? [])
    }
  }
}
