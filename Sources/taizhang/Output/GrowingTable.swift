import Foundation
import Store

/// A CSV whose columns are known only when its last row is: rows wait in a file without a name, each as wide as the
/// columns were then, and are filled up as they are copied out.
final class GrowingTable {
  private(set) var columns: [String]
  private var places: [String: Int] = [:]
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var written = 0
  /// From which byte on rows are how wide.
  private var stretches: [(start: Int, width: Int)] = []

  /// What ends a row while it waits: no text in UTF-8 holds it.
  private static let rowEnd: UInt8 = 0xff
  private static let pieceBytes = 1 << 16

  /// - Parameter columns: those that every row has, first.
  init(_ columns: [String]) throws {
    self.columns = columns
    // Where a computer keeps /tmp in memory, what may be large goes elsewhere.
    let folder = access("/var/tmp", W_OK) == 0 ? "/var/tmp" : NSTemporaryDirectory()
    var name = Array((folder + "/taizhang-XXXXXX").utf8CString)
    descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw GrowingTable.fault(folder) }
    unlink(name)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// - Parameters:
  ///   - first: the cells of the columns that every row has.
  ///   - cells: the others that it has, by their column.
  func add(_ first: [String], _ cells: [(column: String, text: String)]) throws {
    var row = first + [String](repeating: "", count: columns.count - first.count)
    for cell in cells {
      if let place = places[cell.column] {
        row[place] = cell.text
      } else {
        places[cell.column] = columns.count
        columns.append(cell.column)
        row.append(cell.text)
      }
    }
    if stretches.last?.width != row.count { stretches.append((written + buffer.count, row.count)) }
    buffer += Array(row.map(CSVCell.text).joined(separator: ",").utf8)
    buffer.append(GrowingTable.rowEnd)
    if buffer.count > GrowingTable.pieceBytes { try empty() }
  }

  /// Gives the whole table piece by piece: whole rows of UTF-8.
  func forEachPiece(_ body: (String) throws -> Void) throws {
    try empty()
    try body(columns.map(CSVCell.text).joined(separator: ",") + "\r\n")
    for (index, stretch) in stretches.enumerated() {
      let end = index + 1 < stretches.count ? stretches[index + 1].start : written
      let ending = [UInt8](repeating: UInt8(ascii: ","), count: columns.count - stretch.width) + [13, 10]
      var text: [UInt8] = []
      var at = stretch.start
      while at < end {
        let piece = try read(at: at, upTo: min(GrowingTable.pieceBytes, end - at))
        at += piece.count
        for part in piece.split(separator: GrowingTable.rowEnd, omittingEmptySubsequences: false).enumerated()
        {
          if part.offset > 0 { text += ending }
          text += part.element
        }
        // What is left of a row that goes on waits for the rest.
        let whole = text.lastIndex(of: 10).map { $0 + 1 } ?? 0
        guard piece.contains(GrowingTable.rowEnd), whole > 0 else { continue }
        try body(String(decoding: text[..<whole], as: UTF8.self))
        text.removeFirst(whole)
      }
    }
  }

  private func empty() throws {
    try buffer.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count >= 0 { done += count } else if errno != EINTR { throw GrowingTable.fault("/var/tmp") }
      }
    }
    written += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  private func read(at offset: Int, upTo count: Int) throws -> [UInt8] {
    var piece = [UInt8](repeating: 0, count: count)
    let got = pread(descriptor, &piece, count, off_t(offset))
    guard got > 0 else { throw GrowingTable.fault("/var/tmp") }
    return Array(piece.prefix(got))
  }

  private static func fault(_ folder: String) -> StoreError {
    errno == ENOSPC ? .diskFull : .file(path: folder, errno: errno)
  }
}
