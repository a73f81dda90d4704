internal import Campaign
internal import Foundation
internal import Ledger
internal import Store

/// One file on its way in.
struct ImportRun {
  private let node: LocalNode
  private let commit: Commit
  private let options: LocalNode.ImportOptions
  let listener: LocalNode.ImportListener
  private let pack: Pack
  private let fixedKind: Int?
  private let fixedDivision: DivisionCode
  private var headers: HeaderMap
  private var pending: [Space: Pending] = [:]
  private var known: KnownRows
  /// Files name few kinds and divisions, over and over.
  private var kinds: [String: Result<Int, Finding>] = [:]
  private var divisions: [String: Result<DivisionCode, Finding>] = [:]
  private var kindsMet: Set<Int> = []
  private(set) var report = LocalNode.ImportReport()

  /// New records of one space that go into one change.
  private struct Pending {
    var mutations: [Mutation] = []
    var rows: [ImportedRow] = []
    var bytes = 0
  }

  /// Imports make changes of about this many bytes.
  private static let changeBytes = 60 << 10

  init(
    node: LocalNode, commit: Commit, options: LocalNode.ImportOptions, listener: LocalNode.ImportListener
  ) throws {
    self.node = node
    self.commit = commit
    self.options = options
    self.listener = listener
    pack = try commit.pack()
    known = try KnownRows(isStoreEmpty: !commit.hasImported())
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
    report.unknownColumns = headers.unknownHeaders
    guard headers.hasKnownHeader else { throw NodeError.importUnreadable(reason: .noKnownHeader) }
    guard headers.duplicates.isEmpty else {
      throw NodeError.importUnreadable(reason: .duplicateColumns(headers.duplicates))
    }
    guard fixedKind != nil || headers.kindColumn != nil else {
      throw NodeError.importUnreadable(reason: .noKindColumn)
    }
    try require(
      fixedKind.map { headers.missing(kind: $0, pack: pack) } ?? headers.missingInEveryKind(pack: pack))
  }

  private func require(_ missing: [Finding]) throws {
    guard missing.isEmpty else {
      throw NodeError.importUnreadable(
        reason: .missingColumns(
          missing.compactMap { finding in
            finding.label.map { Finding.Named(code: finding.field ?? "", label: $0) }
          }))
    }
  }

  /// The one name of a key, for objects whose keys are codes or labels.
  var plainName: (String) -> String {
    let pack = pack
    return { HeaderMap.plainName(of: $0, pack: pack) }
  }

  /// - Parameter source: the row as it stands in a file that has no columns.
  mutating func take(_ cells: RowCells, row: Int, source: String? = nil) throws {
    do {
      let kind = try fixedKind ?? position(ofKind: text(cells, headers.kindColumn))
      kindsMet.insert(kind)
      let division = try division(text(cells, headers.divisionColumn))
      try store(cells, kind: kind, division: division)
    } catch let rejected as RejectedEdit {
      report.rejected += 1
      try listener.rejected(
        LocalNode.Reject(
          row: row, findings: rejected.findings, header: source == nil ? headers.headers : ["line"],
          cells: source.map { [$0] } ?? cells.texts))
    }
  }

  private func text(_ cells: RowCells, _ column: Int?) -> String {
    guard let column, column < cells.count else { return "" }
    return cells.text(column)
  }

  private mutating func position(ofKind name: String) throws -> Int {
    let found =
      kinds[name]
      ?? pack.resolveKind(name.trimmingBlanks()).map { pack.kindPosition($0.code) ?? 0 }
    kinds[name] = found
    return try found.mapError { RejectedEdit($0) }.get()
  }

  private mutating func division(_ name: String) throws -> DivisionCode {
    let trimmed = name.isEmpty ? name : name.trimmingBlanks()
    guard !trimmed.isEmpty else { return fixedDivision }
    let found = divisions[name] ?? pack.divisions.resolve(trimmed).map(\.code)
    divisions[name] = found
    let code = try found.mapError { RejectedEdit($0) }.get()
    try node.requireScope(code, pack)
    return code
  }

  // MARK: one row

  private mutating func store(_ cells: RowCells, kind: Int, division: DivisionCode) throws {
    let definition = pack.kinds[kind]
    let checked = try cells.withCells { try headers.check(cells: $0, kind: kind, pack: pack) }
    let ownID = text(cells, headers.idColumn).trimmingBlanks()
    let recordID = RecordID(ownID)
    let space = try space(of: recordID, division)
    let identity: [UInt8] =
      recordID?.bytes
      ?? (ownID.isEmpty ? checked.content.identityKey(in: definition) ?? cells.bytes : Array(ownID.utf8))
    var row = ImportedRow(
      identity: Hash256(hashing: Array(definition.code.utf8) + [0] + identity),
      record: recordID ?? RecordID(high: 0, low: 0),
      content: cells.hash)
    if let last = try imported(row.identity, in: space) {
      if last.content == row.content {
        report.unchanged += 1
      } else {
        try update(last, to: row.content, cells, kind: kind, in: space)
      }
      return
    }
    if let recordID, try commit.snapshot.record(recordID, in: space) != nil {
      try takeOver(recordID, checked, kind: definition, in: space, row: row)
      return
    }
    row.record = recordID ?? node.newRecordID()
    try create(row, checked, kind: definition, in: space, bytes: cells.bytes.count)
  }

  /// Where a row goes: to the notices where its id names one of them, else to the records.
  private func space(of id: RecordID?, _ division: DivisionCode) throws -> Space {
    let notices = Space(division: division, section: .notices)
    if let id, try commit.snapshot.record(id, in: notices) != nil { return notices }
    return Space(division: division, section: .records)
  }

  /// What this store imported of a row with this identity before, this file's rows included.
  private mutating func imported(_ identity: Hash256, in space: Space) throws -> ImportedRow? {
    guard known.mayHold(identity, in: space) else { return nil }
    try flush()
    return try commit.imported(identity, in: space)
  }

  private mutating func create(
    _ row: ImportedRow, _ checked: CheckedEdit, kind: Kind, in space: Space, bytes: Int
  ) throws {
    let writer = EditWriter(state: RecordState(), log: try node.ownLog(space, commit.snapshot))
    let creation = Creation(kind: KindName(lineage: pack.info.lineage, code: kind.code))
    let mutation = Mutation(
      target: .id(row.record), creation: creation, writes: writer.writes(checked.edits, kind: kind))
    pending[space, default: Pending()].mutations.append(mutation)
    pending[space]!.rows.append(row)
    pending[space]!.bytes += bytes + 64
    known.note(row.identity, in: space)
    report.imported += 1
    if pending[space]!.bytes > ImportRun.changeBytes { try flush(space) }
  }

  /// A mended row: one change against what this store last imported of it. What others wrote since stays,
  /// and where both changed the same value both are kept.
  private mutating func update(
    _ last: ImportedRow, to content: Hash256, _ cells: RowCells, kind: Int, in space: Space
  ) throws {
    guard let view = try commit.snapshot.record(last.record, in: space) else { return }
    let definition = pack.kinds[kind]
    let former = try commit.snapshot.importedState(last)
    let checked = try cells.withCells {
      try headers.check(
        cells: $0, kind: kind, current: RecordContent(of: former, kind: definition), pack: pack)
    }
    let writer = EditWriter(
      state: view.state, log: try node.ownLog(space, commit.snapshot),
      sight: .only { write in former.holds(write.content) })
    try write(checked, writer, kind: definition, in: space, ImportedRow(last, content: content))
  }

  /// A row that names a record which came otherwise: it takes the place of the values that are shown.
  private mutating func takeOver(
    _ id: RecordID, _ checked: CheckedEdit, kind: Kind, in space: Space, row: ImportedRow
  ) throws {
    try flush()
    guard let view = try commit.snapshot.record(id, in: space) else { return }
    let shown = view.shownContents
    let writer = EditWriter(
      state: view.state, log: try node.ownLog(space, commit.snapshot),
      sight: .only { write in shown.contains(write.content) })
    try write(checked, writer, kind: kind, in: space, row)
    known.note(row.identity, in: space)
  }

  private mutating func write(
    _ checked: CheckedEdit, _ writer: EditWriter, kind: Kind, in space: Space, _ row: ImportedRow
  ) throws {
    let writes = writer.writes(checked.edits, kind: kind)
    var row = row
    if writes.isEmpty {
      report.unchanged += 1
    } else {
      try node.append(
        to: space, operatorName: options.operatorName,
        mutations: [Mutation(target: .id(row.record), writes: writes)], in: commit)
      row.places.append(ImportedRow.Place(arrival: commit.lastArrival, position: 0))
      report.updated += 1
    }
    try commit.noteImported([row], in: space)
  }

  // MARK: changes

  private mutating func flush() throws {
    for space in pending.keys.sorted() { try flush(space) }
  }

  /// - Throws: `importUnreadable` where no kind that was met can do without a column that the file lacks: then no
  ///   row of it was good.
  mutating func finish() throws {
    let missing = kindsMet.sorted().map { headers.missing(kind: $0, pack: pack) }
    if missing.allSatisfy({ !$0.isEmpty }) { try require(missing.first ?? []) }
    try flush()
  }

  private mutating func flush(_ space: Space) throws {
    guard var batch = pending.removeValue(forKey: space) else { return }
    try node.append(
      to: space, operatorName: options.operatorName, mutations: batch.mutations, in: commit)
    for index in batch.rows.indices {
      batch.rows[index].places = [ImportedRow.Place(arrival: commit.lastArrival, position: index)]
    }
    try commit.noteImported(batch.rows, in: space)
  }
}

/// Which rows a store may have imported before: asked for every row of a file, so it must be cheap where the
/// answer is no.
private struct KnownRows {
  private let isStoreEmpty: Bool
  private var noted: Set<UInt64> = []

  init(isStoreEmpty: Bool) { self.isStoreEmpty = isStoreEmpty }

  mutating func note(_ identity: Hash256, in space: Space) { noted.insert(identity.prefix) }

  func mayHold(_ identity: Hash256, in space: Space) -> Bool {
    !isStoreEmpty || noted.contains(identity.prefix)
  }
}

extension RowCells {
  /// Over the cells and where each ends: the same text in other cells is another row.
  fileprivate var hash: Hash256 {
    var out = ByteWriter(capacity: bytes.count + ends.count * 2)
    for end in ends { out.write(varint: UInt64(end)) }
    out.write(bytes: bytes)
    return Hash256(hashing: out.bytes)
  }
}

extension RecordContent {
  /// The values of a state that one store alone wrote.
  fileprivate init(of state: RecordState, kind: Kind) {
    self.init(kind: kind)
    for cell in state.cells where cell.sort != .existence {
      show(cell.shown(rule: .latest, rank: { _ in 0 }), of: kind)
    }
  }
}

extension RecordState {
  /// Whether any cell holds just this.
  fileprivate func holds(_ content: WriteContent) -> Bool {
    cells.contains { cell in cell.writes.contains { $0.content == content } }
  }
}

extension RecordView {
  /// What is shown of each cell.
  fileprivate var shownContents: Set<WriteContent> {
    guard let kind else { return [] }
    return state.cells.reduce(into: []) { shown, cell in
      let visible = cell.shown(rule: kind.mergeRule(ofCell: cell.number), rank: { _ in 0 })
      shown.formUnion(
        cell.sort == .set ? visible.entries.map(\.content) : visible.entries.prefix(1).map(\.content))
    }
  }
}
