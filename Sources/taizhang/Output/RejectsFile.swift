import Campaign
import Foundation
import Node

/// Rows that did not go in, as a CSV in the columns of their source: to be mended and imported again. It is
/// written row by row and takes its place only when all is written; where nothing was rejected there is none.
final class RejectsFile {
  private let path: String?
  private let words: Words
  private var handle: FileHandle?
  private var buffer: [UInt8] = []

  init(_ path: String?, words: Words) throws {
    self.path = path
    self.words = words
  }

  private var temporary: String { (path ?? "") + ".part" }

  func add(_ reject: LocalNode.Reject) throws {
    guard path != nil else { return }
    if handle == nil { try begin(header: reject.header) }
    let column = reject.findings.first { $0.severity == .error }.map(column) ?? ""
    append([String(reject.row), column, reason(reject)] + reject.cells)
    if buffer.count > 1 << 16 { try empty() }
  }

  /// The column that has to be mended; empty where it is the row as a whole.
  private func column(_ finding: Finding) -> String {
    switch finding.code {
    case .unknownKind, .kindMissing: "kind"
    case .unknownDivision, .retiredDivision: "division"
    default: finding.field ?? ""
    }
  }

  /// What is told on a terminal.
  func line(_ reject: LocalNode.Reject) -> String {
    words("第 \(reject.row) 行：", "Row \(reject.row): ") + reason(reject)
  }

  func finish() throws {
    guard let path, let handle else { return }
    try empty()
    try? handle.close()
    guard rename(temporary, path) == 0 else { throw NodeError.file(path: path, reason: "cannot be written") }
  }

  private func begin(header: [String]) throws {
    guard FileManager.default.createFile(atPath: temporary, contents: nil),
      let opened = FileHandle(forWritingAtPath: temporary)
    else { throw NodeError.file(path: path ?? "", reason: "cannot be written") }
    handle = opened
    buffer += [0xef, 0xbb, 0xbf]
    append(["row", "column", "reason"] + header)
  }

  private func append(_ cells: [String]) {
    buffer += Array((cells.map(CSVCell.text).joined(separator: ",") + "\r\n").utf8)
  }

  private func empty() throws {
    do {
      try handle?.write(contentsOf: Data(buffer))
    } catch {
      throw NodeError.file(path: path ?? "", reason: error.localizedDescription)
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private func reason(_ reject: LocalNode.Reject) -> String {
    SafeText.line(
      reject.findings.filter { $0.severity == .error }.map { FindingWords.text($0, words) }.joined(
        separator: words("；", "; ")))
  }
}
