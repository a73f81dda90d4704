import Campaign
import Foundation
import Node
import Store

/// Rows that did not go in, as a CSV in the columns of their sources: to be mended and imported again. It takes its
/// place only when all is written; where all went in and nothing was rejected there is none, nor one of an earlier
/// run.
///
/// Several sources share one file: each column stands once, whatever a source calls it, and a column more says
/// which source a row is of.
final class RejectsFile {
  private let path: String?
  private let words: Words
  private let pack: Pack
  private let hasSeveralSources: Bool
  private var handle: FileHandle?
  private var buffer: [UInt8] = []
  /// The columns of all sources until now, under the name that was met first.
  private var columns: [String] = []
  private var places: [String: Int] = [:]
  private var current = Source()
  private var done: [Source] = []

  /// The stretch of the spool that is of one source. Its rows are as wide as the columns were known then.
  private struct Source {
    var name = ""
    var start: UInt64 = 0
    var width = 0
    var rows = 0
    /// The place of each of its columns; nil for one that only lists of rejected rows have.
    var order: [Int?] = []
  }

  /// What parts the rows of the spool, and where in a row the columns that other sources have are left out: no
  /// text in UTF-8 holds either.
  private static let rowEnd: UInt8 = 0xff
  private static let othersColumns: UInt8 = 0xfe
  private static let own = ["row", "column", "reason"]

  init(_ path: String?, sources: Int, pack: Pack, words: Words) {
    self.path = path
    self.pack = pack
    self.words = words
    hasSeveralSources = sources > 1
  }

  /// Beside the file, by a name that nobody else's has.
  private var spool: String { (path ?? "") + ".\(getpid()).part" }
  private var ownColumns: [String] { RejectsFile.own + (hasSeveralSources ? ["file"] : []) }

  /// What comes from here on is of that source.
  func begin(_ source: String) throws {
    try settle()
    current = Source(name: source, start: try handle?.offset() ?? 0)
  }

  func add(_ reject: LocalNode.Reject) throws {
    guard path != nil else { return }
    if handle == nil { try open() }
    if current.rows == 0 { take(header: reject.header) }
    current.rows += 1
    let column = reject.findings.first { $0.severity == .error }.map(column) ?? ""
    var cells = [String](repeating: "", count: columns.count)
    for case (let place?, let cell) in zip(current.order, reject.cells) { cells[place] = cell }
    append(
      [String(reject.row), column, reason(reject)] + (hasSeveralSources ? [current.name] : []) + cells,
      beyond: Array(reject.cells.dropFirst(current.order.count)))
    if buffer.count > 1 << 16 { try empty() }
  }

  /// The column that has to be mended; empty where it is the row as a whole.
  private func column(_ finding: Finding) -> String {
    switch finding.code {
    case .unknownKind, .kindMissing, .recordOfOtherKind: "kind"
    case .unknownDivision, .retiredDivision, .outsideScope, .recordElsewhere: "division"
    default: finding.field ?? ""
    }
  }

  /// The current source failed whole: nothing of it went in, so that none of its rows was rejected.
  func discard() throws {
    buffer.removeAll()
    current.rows = 0
    guard let handle else { return }
    try writing { try handle.truncate(atOffset: current.start) }
  }

  /// What is told on a terminal.
  func line(_ reject: LocalNode.Reject) -> String {
    let place = words("第 \(reject.row) 行：", "Row \(reject.row): ")
    let source = hasSeveralSources ? current.name + words("，", ", ") : ""
    return SafeText.line(source) + place + reason(reject)
  }

  /// - Parameter isWhole: whether all sources were taken in: else the list of an earlier run, which may have been
  ///   mended since, stays where there is no new one.
  func finish(isWhole: Bool) throws {
    guard let path else { return }
    try settle()
    defer { unlink(spool) }
    guard !done.isEmpty else {
      if isWhole { removeFormer(path) }
      return
    }
    let target = path + ".\(getpid()).new"
    // Where it took its place there is none of that name any more.
    defer { unlink(target) }
    try writing {
      guard FileManager.default.createFile(atPath: target, contents: nil),
        let out = FileHandle(forWritingAtPath: target)
      else { throw NodeError.file(path: path, errno: errno) }
      try out.write(contentsOf: Data([0xef, 0xbb, 0xbf] + line(ownColumns + columns)))
      for source in done { try copy(source, to: out) }
      // The rows that were rejected may be nowhere else by the time that somebody mends them.
      try out.synchronize()
      try out.close()
    }
    guard rename(target, path) == 0 else { throw NodeError.file(path: path, errno: errno) }
    WholeFile.syncFolder(of: path)
  }

  /// Adds the columns that the current source has beside those known.
  private func take(header: [String]) {
    current.order = header.map { name in
      let plain = HeaderMap.plainName(of: name, pack: pack)
      // A source that is itself such a list.
      if (RejectsFile.own + ["file"]).contains(plain), HeaderMap.passesOver(plain, pack) { return nil }
      if let place = places[plain] { return place }
      places[plain] = columns.count
      columns.append(name)
      return columns.count - 1
    }
    current.width = columns.count
  }

  private func settle() throws {
    try empty()
    if current.rows > 0 { done.append(current) }
    current = Source()
  }

  /// Copies a source's rows, each filled up to all columns that came after.
  private func copy(_ source: Source, to out: FileHandle) throws {
    let filling = [UInt8](repeating: UInt8(ascii: ","), count: columns.count - source.width)
    guard let reading = FileHandle(forReadingAtPath: spool) else {
      throw NodeError.file(path: path ?? "", errno: errno)
    }
    defer { try? reading.close() }
    try reading.seek(toOffset: source.start)
    var rows = 0
    while rows < source.rows, let piece = try reading.read(upToCount: 1 << 16), !piece.isEmpty {
      var text: [UInt8] = []
      for byte in piece where rows < source.rows {
        switch byte {
        case RejectsFile.othersColumns: text += filling
        case RejectsFile.rowEnd:
          text += [13, 10]
          rows += 1
        default: text.append(byte)
        }
      }
      try out.write(contentsOf: Data(text))
    }
  }

  private func open() throws {
    guard FileManager.default.createFile(atPath: spool, contents: nil),
      let opened = FileHandle(forWritingAtPath: spool)
    else { throw NodeError.file(path: path ?? "", errno: errno) }
    handle = opened
  }

  /// What an earlier run left is taken for this one's otherwise. Only what such a run wrote is removed.
  private func removeFormer(_ path: String) {
    guard RejectsFile.isList(path) else { return }
    unlink(path)
    WholeFile.syncFolder(of: path)
  }

  /// Whether a file is a list that such a run wrote.
  static func isList(_ path: String) -> Bool {
    let start = FileHandle(forReadingAtPath: path).flatMap { try? $0.read(upToCount: 64) } ?? Data()
    return start.starts(with: [0xef, 0xbb, 0xbf] + Array(own.joined(separator: ",").utf8))
  }

  private func line(_ cells: [String]) -> [UInt8] {
    Array((cells.map(CSVCell.text).joined(separator: ",") + "\r\n").utf8)
  }

  /// - Parameter more: cells of a row that has more of them than its source has columns.
  private func append(_ cells: [String], beyond more: [String]) {
    buffer += Array(cells.map(CSVCell.text).joined(separator: ",").utf8) + [RejectsFile.othersColumns]
    buffer += Array(more.map { "," + CSVCell.text($0) }.joined().utf8) + [RejectsFile.rowEnd]
  }

  private func empty() throws {
    guard !buffer.isEmpty else { return }
    try writing { try handle?.write(contentsOf: Data(buffer)) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func writing(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as NodeError {
      throw error
    } catch {
      throw NodeError.file(path: path ?? "", errno: PosixCause.errno(of: error))
    }
  }

  private func reason(_ reject: LocalNode.Reject) -> String {
    SafeText.line(
      reject.findings.filter { $0.severity == .error }.map { FindingWords.text($0, words) }.joined(
        separator: words("；", "; ")))
  }
}
