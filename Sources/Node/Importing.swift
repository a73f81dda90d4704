public import Campaign
internal import Foundation
internal import Ledger
internal import Store

/// Ledgers in: rows are checked one by one; good ones go in together, bad ones are told with their reasons.
extension LocalNode {
  public struct ImportReport: Sendable {
    public var imported = 0
    public var updated = 0
    public var unchanged = 0
    public var rejects: [Reject] = []
    public var warnings: [Finding] = []
    public var unknownColumns: [String] = []
    public var header: [String] = []
    public init() {}
  }

  /// A row that did not go in.
  public struct Reject: Sendable {
    /// The header is row 1; a cell with line breaks is part of one row.
    public var row: Int
    public var findings: [Finding]
    public var cells: [String]
  }

  public struct ImportOptions: Sendable {
    public var kind: String?
    public var division: String?
    public var encoding = TextEncoding.auto
    public var isDryRun = false
    public var operatorName = ""
    public init() {}
  }

  /// Takes in one file, in one transaction: all of its good rows, or nothing.
  public func importFile(_ path: String, _ options: ImportOptions) throws -> ImportReport {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw NodeError.file(path: path, reason: "cannot be read")
    }
    guard !data.isEmpty else { throw NodeError.importUnreadable(reason: .empty) }
    guard let bytes = options.encoding.decode(Array(data)) else {
      throw NodeError.importUnreadable(reason: .encoding)
    }
    let rows = bytes.first { $0 > 32 } == UInt8(ascii: "{") ? try JSONRows.table(bytes) : nil
    return try store.write { commit in
      var run = try ImportRun(node: self, commit: commit, options: options)
      try bytes.withUnsafeBufferPointer { buffer in
        var delimited = DelimitedRows(buffer)
        if let rows {
          try run.begin(header: rows.header)
          for row in rows.rows { try run.take(row.cells, row: row.line) }
        } else {
          guard let header = delimited.next() else { throw NodeError.importUnreadable(reason: .empty) }
          try run.begin(header: header.map { String(decoding: $0, as: UTF8.self) })
          var number = 1
          while let cells = delimited.next() {
            number += 1
            try run.take(cells.map(DelimitedRows.undefused), row: number)
          }
        }
      }
      try run.flush()
      if options.isDryRun { throw DryRun(report: run.report) }
      return run.report
    }
  }

  /// Ends a dry run's transaction without a trace.
  struct DryRun: Error {
    var report: ImportReport
  }

  /// The same, with a dry run's report as an ordinary result.
  public func importReport(_ path: String, _ options: ImportOptions) throws -> ImportReport {
    do {
      return try importFile(path, options)
    } catch let dry as DryRun {
      return dry.report
    }
  }
}

/// One file on its way in.
private struct ImportRun {
  private let node: LocalNode
  private let commit: Commit
  private let options: LocalNode.ImportOptions
  private let pack: Pack
  private let fixedKind: Int?
  private let fixedDivision: DivisionCode
  private var headers: HeaderMap
  private var pending: [Space: (mutations: [Mutation], bytes: Int)] = [:]
  /// Files name few divisions, over and over.
  private var divisions: [String: Result<DivisionCode, Finding>] = [:]
  var report = LocalNode.ImportReport()

  /// Imports make changes of about this many bytes.
  private static let changeBytes = 60 << 10

  init(node: LocalNode, commit: Commit, options: LocalNode.ImportOptions) throws {
    self.node = node
    self.commit = commit
    self.options = options
    pack = try commit.pack()
    headers = HeaderMap(headers: [], pack: pack)
    fixedDivision = try node.division(options.division, pack)
    try node.requireScope(fixedDivision, pack)
    if let name = options.kind {
      let kind = try pack.resolveKind(name).mapError { NodeError.unknownKind($0) }.get()
      fixedKind = pack.kindPosition(kind.code)
    } else {
      fixedKind = nil
    }
  }

  mutating func begin(header: [String]) throws {
    headers = HeaderMap(headers: header, pack: pack)
    report.header = header
    report.unknownColumns = headers.unknownHeaders
    guard headers.hasKnownHeader else { throw NodeError.importUnreadable(reason: .noKnownHeader) }
    guard headers.duplicates.isEmpty else {
      throw NodeError.importUnreadable(reason: .duplicateColumns(headers.duplicates.compactMap(\.field)))
    }
    guard fixedKind != nil || headers.kindColumn != nil else {
      throw NodeError.importUnreadable(reason: .missingColumns(["kind"]))
    }
    if let kind = fixedKind {
      let missing = headers.missing(kind: kind, pack: pack)
      guard missing.isEmpty else {
        throw NodeError.importUnreadable(reason: .missingColumns(missing.compactMap(\.field)))
      }
    }
  }

  mutating func take(_ cells: [[UInt8]], row: Int) throws {
    func text(_ column: Int?) -> String? {
      guard let column, column < cells.count else { return nil }
      let text = String(decoding: cells[column], as: UTF8.self).trimmingBlanks()
      return text.isEmpty ? nil : text
    }
    do {
      let kind = try fixedKind ?? position(ofKind: text(headers.kindColumn) ?? "")
      let division = try division(text(headers.divisionColumn))
      try store(cells, row: row, kind: kind, division: division, ownID: text(headers.idColumn))
    } catch let rejected as RejectedEdit {
      report.rejects.append(
        LocalNode.Reject(
          row: row, findings: rejected.findings, cells: cells.map { String(decoding: $0, as: UTF8.self) }))
    }
  }

  private func position(ofKind name: String) throws -> Int {
    let kind = try pack.resolveKind(name).mapError { RejectedEdit($0) }.get()
    return pack.kindPosition(kind.code) ?? 0
  }

  private mutating func division(_ text: String?) throws -> DivisionCode {
    guard let text else { return fixedDivision }
    let resolved: Result<DivisionCode, Finding>
    if let known = divisions[text] {
      resolved = known
    } else {
      resolved = pack.divisions.resolve(text).map(\.code)
      divisions[text] = resolved
    }
    let code = try resolved.mapError { RejectedEdit($0) }.get()
    try node.requireScope(code, pack)
    return code
  }

  private mutating func store(
    _ cells: [[UInt8]], row: Int, kind: Int, division: DivisionCode, ownID: String?
  ) throws {
    let definition = pack.kinds[kind]
    let space = Space(division: division, section: .records)
    var buffers: [UnsafeBufferPointer<UInt8>] = []
    var flat: [UInt8] = []
    flat.reserveCapacity(cells.reduce(0) { $0 + $1.count })
    for cell in cells { flat.append(contentsOf: cell) }
    let rowHash = Hash256(hashing: flat)
    let checked: CheckedEdit = try flat.withUnsafeBufferPointer { all in
      var start = 0
      for cell in cells {
        buffers.append(UnsafeBufferPointer(rebasing: all[start..<start + cell.count]))
        start += cell.count
      }
      return try headers.check(cells: buffers, kind: kind, pack: pack)
    }
    let recordID = ownID.flatMap { RecordID($0) }
    let identity: [UInt8] =
      recordID?.bytes ?? ownID.map { Array($0.utf8) } ?? checked.content.identityKey(in: definition) ?? flat
    let key = Hash256(hashing: Array(definition.code.utf8) + [0] + identity)
    if let known = try commit.imported(key, in: space) {
      if known.rowHash == rowHash {
        report.unchanged += 1
      } else {
        try flush()
        try update(known.record, checked, in: space, kind: definition)
        try commit.noteImported(key, record: known.record, rowHash: rowHash, in: space)
      }
      return
    }
    if let recordID, try commit.snapshot.record(recordID, in: space) != nil {
      try flush()
      try update(recordID, checked, in: space, kind: definition)
      try commit.noteImported(key, record: recordID, rowHash: rowHash, in: space)
      return
    }
    let id = recordID ?? node.newRecordID()
    let writer = EditWriter(state: RecordState(), log: try node.ownLog(space, commit.snapshot))
    let creation = Creation(kind: KindName(lineage: pack.info.lineage, code: definition.code))
    let mutation = Mutation(
      target: .id(id), creation: creation, writes: writer.writes(checked.edits, kind: definition))
    pending[space, default: ([], 0)].mutations.append(mutation)
    pending[space]!.bytes += flat.count + 64
    if pending[space]!.bytes > ImportRun.changeBytes { try flush(space) }
    try commit.noteImported(key, record: id, rowHash: rowHash, in: space)
    report.imported += 1
  }

  /// A mended row: one change against what the record holds.
  private mutating func update(_ id: RecordID, _ checked: CheckedEdit, in space: Space, kind: Kind) throws {
    guard let view = try commit.snapshot.record(id, in: space) else { return }
    let writer = EditWriter(state: view.state, log: try node.ownLog(space, commit.snapshot))
    let writes = writer.writes(checked.edits, kind: kind)
    guard !writes.isEmpty else {
      report.unchanged += 1
      return
    }
    try node.append(
      to: space, operatorName: options.operatorName, mutations: [Mutation(target: .id(id), writes: writes)],
      in: commit)
    report.updated += 1
  }

  mutating func flush() throws {
    for space in pending.keys.sorted() { try flush(space) }
  }

  private mutating func flush(_ space: Space) throws {
    guard let batch = pending.removeValue(forKey: space) else { return }
    try node.append(
      to: space, operatorName: options.operatorName, mutations: batch.mutations, in: commit)
  }
}
