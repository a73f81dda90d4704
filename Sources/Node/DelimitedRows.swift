/// Reads rows of cells (RFC 4180, with comma, semicolon or tab): a quoted cell may hold the separator, line
/// breaks and doubled quotes. It answers any bytes with rows; what they mean is decided elsewhere.
struct DelimitedRows {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let separator: UInt8
  private var position = 0
  /// Cells that had quotes or carriage returns taken out; they live as long as the row.
  private var scratch: [[UInt8]] = []

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    separator = DelimitedRows.guess(bytes)
  }

  /// The commonest of the three in the first line.
  private static func guess(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt8 {
    var counts: [UInt8: Int] = [:]
    for byte in bytes {
      if byte == UInt8(ascii: "\n") { break }
      counts[byte, default: 0] += 1
    }
    let candidates: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: ";"), 9]
    return candidates.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) } ?? UInt8(ascii: ",")
  }

  /// The next row, or nil at the end. A line without any cell is passed over.
  mutating func next() -> [[UInt8]]? {
    while position < bytes.count {
      let row = readRow()
      if row.count > 1 || !(row.first?.isEmpty ?? true) { return row }
    }
    return nil
  }

  private mutating func readRow() -> [[UInt8]] {
    var row: [[UInt8]] = []
    while true {
      row.append(readCell())
      guard position < bytes.count else { return row }
      let end = bytes[position]
      position += 1
      if end == separator {
        if position == bytes.count {
          row.append([])
          return row
        }
        continue
      }
      if end == 13, position < bytes.count, bytes[position] == 10 { position += 1 }
      return row
    }
  }

  private mutating func readCell() -> [UInt8] {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return readBare() }
    position += 1
    var cell: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte != UInt8(ascii: "\"") {
        cell.append(byte)
      } else if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
        cell.append(byte)
        position += 1
      } else {
        break
      }
    }
    return cell + readBare()
  }

  private mutating func readBare() -> [UInt8] {
    let start = position
    while position < bytes.count, bytes[position] != separator, bytes[position] != 10, bytes[position] != 13 {
      position += 1
    }
    return Array(bytes[start..<position])
  }
}

extension DelimitedRows {
  /// Spreadsheets run cells that begin with these; a quote before them makes them text.
  private static let formulaStarts: [UInt8] = Array("=+-@\t\r".utf8)

  /// A cell as it is written: defused where a spreadsheet would run it, quoted where it has to be.
  static func written(_ text: String) -> String {
    var text = text
    if let first = text.utf8.first, formulaStarts.contains(first) || first == UInt8(ascii: "'") {
      text = "'" + text
    }
    guard text.utf8.contains(where: { [44, 34, 10, 13, 59, 9].contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// The inverse of the defusing.
  static func undefused(_ cell: [UInt8]) -> [UInt8] {
    guard cell.count > 1, cell[0] == UInt8(ascii: "'"), formulaStarts.contains(cell[1]) || cell[1] == cell[0]
    else {
      return cell
    }
    return Array(cell.dropFirst())
  }
}

extension LocalNode {
  /// A text as a cell of a CSV file: spreadsheets open it and run nothing of it.
  public static func csvCell(_ text: String) -> String { DelimitedRows.written(text) }
}
