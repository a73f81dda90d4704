internal import Foundation

/// JSON Lines as a table: one flat object a line, or the record shape with its `fields`.
enum JSONRows {
  struct Row {
    var line: Int
    var cells: [[UInt8]]
  }

  /// - Throws: `notJSON` with the first line that is no object.
  static func table(_ bytes: [UInt8]) throws -> (header: [String], rows: [Row]) {
    var header: [String] = []
    var columns: [String: Int] = [:]
    var rows: [Row] = []
    for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      guard line.contains(where: { $0 > 32 }) else { continue }
      guard let object = (try? JSONSerialization.jsonObject(with: Data(line))) as? [String: Any] else {
        throw NodeError.importUnreadable(reason: .notJSON(line: index + 1))
      }
      var flat = object
      if let fields = flat.removeValue(forKey: "fields") as? [String: Any] { flat.merge(fields) { $1 } }
      var cells: [[UInt8]] = []
      for (key, value) in flat.sorted(by: { $0.key < $1.key }) {
        let column = columns[key] ?? header.count
        if column == header.count {
          columns[key] = column
          header.append(key)
        }
        while cells.count <= column { cells.append([]) }
        cells[column] = Array(text(of: value).utf8)
      }
      rows.append(Row(line: index + 1, cells: cells))
    }
    return (header, rows)
  }

  /// A value as a cell: lists parted as a set's text, yes/no as words.
  static func text(of value: Any) -> String {
    switch value {
    case is NSNull: return ""
    case let list as [Any]: return list.map(text).joined(separator: ";")
    case let number as NSNumber where isBoolean(number): return number.boolValue ? "yes" : "no"
    case let number as NSNumber: return "\(number)"
    case let text as String: return text
    default: return "\(value)"
    }
  }

  private static func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
  }
}

extension String {
  func trimmingBlanks() -> String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
