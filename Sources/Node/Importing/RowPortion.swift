internal import Campaign

/// Some rows of a file, read and checked, on their way to the thread that writes.
struct RowPortion: Sendable {
  /// The file's columns.
  var headers: HeaderMap
  var rows: [RowCheck.Checked] = []
  /// Bytes of the file that were read.
  var bytesRead = 0

  private static let limit = 256

  /// Reads all of `file`, hands its rows over in portions, the columns before any row.
  ///
  /// - Throws: `importUnreadable` where the file cannot be read as rows.
  static func handOver(_ file: TextFile, _ check: RowCheck, to handover: Handover<RowPortion>) throws {
    if try file.isJSON {
      try objects(file, check, to: handover)
    } else {
      try rows(file, check, to: handover)
    }
  }

  private static func rows(
    _ file: TextFile, _ check: RowCheck, to handover: Handover<RowPortion>
  ) throws {
    var check = check
    var rows = DelimitedRows { try file.next() }
    var cells = RowCells()
    guard try rows.next(into: &cells) else { throw NodeError.importUnreadable(reason: .empty) }
    do {
      try check.begin(header: cells.texts)
    } catch NodeError.importUnreadable(reason: .noKnownHeader(let header))
      where header.first?.hasPrefix("[") == true
    {
      // A list of objects, and no table.
      throw NodeError.importUnreadable(reason: .notJSON(line: 1))
    }
    var portion = RowPortion(headers: check.headers)
    var number = 1
    while try rows.next(into: &cells) {
      number += 1
      portion.rows.append(try check.check(cells, row: number))
      try portion.handOverIfFull(file, to: handover)
    }
    try check.finish()
    try handover.put(portion)
  }

  /// Once over for the columns, for a key may come first in the last line, and once for the rows.
  private static func objects(
    _ file: TextFile, _ check: RowCheck, to handover: Handover<RowPortion>
  ) throws {
    var check = check
    var objects = JSONRows(naming: check.plainName) { try file.next() }
    var cells = RowCells()
    while try objects.next(into: &cells) {}
    try file.rewind()
    objects.restart()
    try check.begin(header: objects.header)
    var portion = RowPortion(headers: check.headers)
    while try objects.next(into: &cells) {
      portion.rows.append(try check.check(cells, row: objects.line, source: objects.source))
      try portion.handOverIfFull(file, to: handover)
    }
    try check.finish()
    try handover.put(portion)
  }

  private mutating func handOverIfFull(_ file: TextFile, to handover: Handover<RowPortion>) throws {
    // Rows may be long: a portion is bounded by what it holds, too.
    guard rows.count == RowPortion.limit || rows[rows.count - 1].cells.bytes.count > 1 << 16 else { return }
    bytesRead = file.bytesRead
    try handover.put(self)
    rows.removeAll(keepingCapacity: true)
  }
}

extension TextFile {
  /// Whether it is called so, or the first thing in it is an object.
  fileprivate var isJSON: Bool {
    get throws {
      if isNamedJSONLines { return true }
      defer { try? rewind() }
      while let piece = try next() {
        if let first = piece.first(where: { $0 > 32 }) { return first == UInt8(ascii: "{") }
      }
      return false
    }
  }
}
