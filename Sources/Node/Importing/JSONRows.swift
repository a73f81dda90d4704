internal import Campaign
internal import Foundation

/// JSON Lines as rows: one flat object a line, or the record shape with its `fields`. Keys are columns in the
/// order in which they are met.
struct JSONRows {
  private let more: () throws -> [UInt8]?
  private var buffer: [UInt8] = []
  private var lineStart = 0
  private var searchFrom = 0
  private var isComplete = false
  private var columns: [String: Int] = [:]
  private(set) var header: [String] = []
  /// The number of the line that was read last, from 1.
  private(set) var line = 0
  /// That line as it stands.
  private(set) var source = ""
  private let plainName: (String) -> String
  /// The one name of each key that was met.
  private var names: [String: String] = [:]

  /// - Parameters:
  ///   - plainName: the one name of a key; a line may call a field otherwise than another line does.
  ///   - more: the next piece of the text, nil at its end.
  init(naming plainName: @escaping (String) -> String, _ more: @escaping () throws -> [UInt8]?) {
    self.plainName = plainName
    self.more = more
  }

  /// Goes on from the beginning with the columns that are known.
  mutating func restart() {
    buffer = []
    lineStart = 0
    searchFrom = 0
    isComplete = false
    line = 0
  }

  /// Reads the next object into `row`.
  /// - Returns: false at the end.
  /// - Throws: `notJSON` with the line that is no object.
  mutating func next(into row: inout RowCells) throws -> Bool {
    while let bytes = try nextLine() {
      line += 1
      guard bytes.contains(where: { $0 > 32 }) else { continue }
      guard let object = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] else {
        throw NodeError.importUnreadable(reason: .notJSON(line: line))
      }
      source = String(decoding: bytes, as: UTF8.self).trimmingBlanks()
      try fill(&row, from: object)
      return true
    }
    return false
  }

  private mutating func nextLine() throws -> ArraySlice<UInt8>? {
    while true {
      if let end = buffer[searchFrom...].firstIndex(of: 10) {
        let found = buffer[lineStart..<end]
        lineStart = end + 1
        searchFrom = lineStart
        return found
      }
      if isComplete {
        guard lineStart < buffer.count else { return nil }
        let found = buffer[lineStart...]
        lineStart = buffer.count
        searchFrom = lineStart
        return found
      }
      guard buffer.count - lineStart <= DelimitedRows.rowBytes else {
        throw NodeError.importUnreadable(reason: .rowTooLong)
      }
      buffer.removeFirst(lineStart)
      lineStart = 0
      searchFrom = buffer.count
      if let piece = try more() { buffer.append(contentsOf: piece) } else { isComplete = true }
    }
  }

  private mutating func fill(_ row: inout RowCells, from object: [String: Any]) throws {
    var flat = object
    if let fields = flat.removeValue(forKey: "fields") as? [String: Any] {
      flat.merge(fields) { $1 }
      // A record says beside its fields which of them were erased.
      for field in object["redacted"] as? [String] ?? [] where flat[field] == nil {
        flat[field] = ErasedWord.inFiles
      }
    }
    var cells = [String](repeating: "", count: header.count)
    var taken: Set<String> = []
    row.removeAll()
    for (key, value) in flat.sorted(by: { $0.key < $1.key }) {
      var name = names[key] ?? plainName(key)
      names[key] = name
      // An object that names a field twice has two columns for it.
      if !taken.insert(name).inserted { name = key }
      let column = columns[name] ?? header.count
      if column == header.count {
        columns[name] = column
        header.append(name)
        cells.append("")
      }
      if let list = value as? [Any], !HeaderMap.isReserved(name) {
        let elements = try list.map { try JSONRows.text(of: $0, at: key, line: line) }
        row.note(Finding.partedElement(of: name, elements))
      }
      cells[column] = try JSONRows.text(of: value, at: key, line: line)
    }
    for cell in cells {
      row.append(cell.utf8)
      row.endCell()
    }
  }

  /// A value as a cell: lists parted as a set's text, yes/no as words.
  ///
  /// - Throws: `importUnreadable` where it is an object, which no field holds.
  static func text(of value: Any, at key: String, line: Int) throws -> String {
    switch value {
    case is NSNull: return ""
    case let list as [Any]:
      return try list.map { try text(of: $0, at: key, line: line) }.joined(separator: ";")
    case let number as NSNumber where isBoolean(number): return number.boolValue ? "yes" : "no"
    case let number as NSNumber: return "\(number)"
    case let text as String: return text
    default: throw NodeError.importUnreadable(reason: .nestedValue(line: line, key: key))
    }
  }

  private static func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
  }
}

extension String {
  func trimmingBlanks() -> String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
