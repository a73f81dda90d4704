internal import Campaign

/// Reads rows of cells (RFC 4180, with comma, semicolon or tab): a quoted cell may hold the separator, line
/// breaks and doubled quotes. It answers any text with rows, but for one that ends within a quote; what they mean is
/// decided elsewhere.
struct DelimitedRows {
  /// A row beyond this is no ledger's.
  static let rowBytes = 8 << 20

  private let more: () throws -> [UInt8]?
  private var buffer: [UInt8] = []
  private var position = 0
  private var isComplete = false
  private var separator: UInt8?
  /// Lines that lie before what is here.
  private var linesBefore = 0

  /// - Parameter more: the next piece of the text, nil at its end.
  init(_ more: @escaping () throws -> [UInt8]?) { self.more = more }

  /// Reads the next row into `row`. A line without any cell is passed over.
  /// - Returns: false at the end.
  /// - Throws: what `more` throws; `importUnreadable` where a row is longer than `rowBytes`, or a quote is not closed
  ///   before the text ends.
  mutating func next(into row: inout RowCells) throws -> Bool {
    while !isComplete || position < buffer.count {
      let start = position
      row.removeAll()
      read(into: &row)
      // A row that reaches the end of what is here may go on: it is read again with more.
      if position == buffer.count, !isComplete {
        guard buffer.count - start <= DelimitedRows.rowBytes else {
          throw NodeError.importUnreadable(reason: .rowTooLong)
        }
        try refill(from: start)
        continue
      }
      if let quote = row.openQuote { throw unclosed(quote) }
      if row.count > 1 || !row.bytes.isEmpty { return true }
    }
    return false
  }

  private func unclosed(_ quote: Int) -> NodeError {
    let line = linesBefore + DelimitedRows.lines(buffer[..<quote]) + 1
    return .importUnreadable(reason: .unclosedQuote(line: line))
  }

  /// Drops what lies before `start` and appends the next piece; the next row begins at 0.
  private mutating func refill(from start: Int) throws {
    linesBefore += DelimitedRows.lines(buffer[..<start])
    buffer.removeFirst(start)
    position = 0
    guard let piece = try more() else {
      isComplete = true
      return
    }
    buffer.append(contentsOf: piece)
    if separator == nil { separator = DelimitedRows.guess(buffer) }
  }

  /// How many lines end in a text.
  private static func lines(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBufferPointer { bytes in
      var count = 0
      for at in bytes.indices where bytes[at] == 10 || bytes[at] == 13 {
        if bytes[at] == 10 || at + 1 == bytes.count || bytes[at + 1] != 10 { count += 1 }
      }
      return count
    }
  }

  /// The commonest of the three in the first line.
  private static func guess(_ bytes: [UInt8]) -> UInt8 {
    var counts: [UInt8: Int] = [:]
    for byte in bytes {
      if byte == UInt8(ascii: "\n") { break }
      counts[byte, default: 0] += 1
    }
    let candidates: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: ";"), 9]
    return candidates.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) } ?? UInt8(ascii: ",")
  }

  private mutating func read(into row: inout RowCells) {
    let separator = separator ?? UInt8(ascii: ",")
    position = buffer.withUnsafeBufferPointer { bytes in
      var at = position
      while true {
        at = DelimitedRows.readCell(bytes, from: at, separator, into: &row)
        guard at < bytes.count else { return at }
        let end = bytes[at]
        at += 1
        if end == separator {
          guard at == bytes.count, isComplete else { continue }
          row.endCell()
          return at
        }
        if end == 13, at < bytes.count, bytes[at] == 10 { at += 1 }
        return at
      }
    }
  }

  /// - Returns: where the cell ends: at a separator, a line's end, or the end of what is here.
  private static func readCell(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ separator: UInt8, into row: inout RowCells
  ) -> Int {
    var position = start
    let quote = UInt8(ascii: "\"")
    let isQuoted = position < bytes.count && bytes[position] == quote
    if isQuoted {
      position += 1
      row.openQuote = start
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte != quote {
          row.append(byte)
        } else if position < bytes.count, bytes[position] == quote {
          row.append(byte)
          position += 1
        } else {
          row.openQuote = nil
          break
        }
      }
    }
    let bare = position
    while position < bytes.count, bytes[position] != separator, bytes[position] != 10, bytes[position] != 13 {
      position += 1
    }
    row.append(bytes[bare..<position])
    if isQuoted, bytes[bare..<position].contains(where: { $0 != 32 && $0 != 9 }) {
      // Neither a cell that is quoted nor one that is not: it stays as it is typed, for a person to look at.
      row.replaceOpenCell(bytes[start..<position])
      row.note(.textBehindQuote(String(decoding: bytes[start..<position], as: UTF8.self)))
    }
    if DelimitedRows.isDefused(row.openCell) { row.removeFirstOfOpenCell() }
    row.endCell()
    return position
  }
}

extension DelimitedRows {
  /// Spreadsheets run cells that begin with these; a quote before them makes them text.
  private static let formulaStarts: [UInt8] = Array("=+-@\t\r".utf8)
  private static let shield = UInt8(ascii: "'")
  /// Spreadsheets show a longer number as a power of ten, and save it so.
  private static let wholeDigits = 11

  /// A cell as it is written: a quote goes before what a spreadsheet would run, or turn into another number, and
  /// before what begins with a quote itself; quoted where it has to be.
  static func written(_ text: String) -> String {
    var text = text
    if needsShield(Array(text.utf8)[...]) { text = "'" + text }
    guard text.utf8.contains(where: { [44, 34, 10, 13, 59, 9].contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// Whether a cell got its quote when it was written.
  private static func isDefused(_ cell: ArraySlice<UInt8>) -> Bool {
    cell.first == shield && needsShield(cell.dropFirst())
  }

  private static func needsShield(_ cell: ArraySlice<UInt8>) -> Bool {
    guard let first = cell.first else { return false }
    return formulaStarts.contains(first) || first == shield || isMangled(cell)
  }

  /// Whether a spreadsheet takes the text for a number and loses digits of it: a credit code of digits alone, or
  /// with an E among them (a power of ten), or what begins with zeros.
  private static func isMangled(_ cell: ArraySlice<UInt8>) -> Bool {
    guard let first = cell.first, let last = cell.last, isDigit(first), isDigit(last), cell.count > 1 else {
      return false
    }
    let others = cell.filter { !isDigit($0) }
    if others == [UInt8(ascii: "E")] || others == [UInt8(ascii: "e")] { return true }
    return others.isEmpty && (first == UInt8(ascii: "0") || cell.count > wholeDigits)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}

extension LocalNode {
  /// A text as a cell of a CSV file: spreadsheets open it and run nothing of it.
  public static func csvCell(_ text: String) -> String { DelimitedRows.written(text) }
}
