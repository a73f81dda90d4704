internal import Campaign
internal import Foundation
internal import Ledger
internal import Store
internal import Trust

/// One file on its way in: its checked rows against what the store holds.
struct ImportRun {
  private let node: LocalNode
  private let commit: Commit
  private let options: LocalNode.ImportOptions
  private let listener: LocalNode.ImportListener
  private let pack: Pack
  private var headers: HeaderMap
  private var pending: [Space: Pending] = [:]
  /// Whether this store had imported anything before.
  private let hasImported: Bool
  private var seen = RowsSeen()
  private var ids: RecordIDs
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
    hasImported = try commit.hasImported()
    ids = RecordIDs(node.surroundings, drawing: 128)
    headers = HeaderMap(headers: [], pack: pack)
  }

  mutating func take(_ portion: RowPortion) throws {
    headers = portion.headers
    report.unknownColumns = headers.unknownHeaders
    report.attachmentColumns = headers.attachmentHeaders
    for row in portion.rows {
      do throws(any Error) {
        let fine = try row.outcome.get()
        if try seen.holds(fine) {
          report.unchanged += 1
        } else {
          try take(fine, row.cells)
          seen.note(fine, number: row.row)
        }
      } catch let rejected as RejectedEdit {
        try reject(row, rejected.findings)
      }
    }
  }

  private mutating func reject(_ row: RowCheck.Checked, _ findings: [Finding]) throws {
    report.rejected += 1
    try listener.rejected(
      LocalNode.Reject(
        row: row.row, findings: findings, header: row.source == nil ? headers.headers : ["line"],
        cells: row.source.map { [$0] } ?? row.cells.texts))
  }

  // MARK: one row

  private mutating func take(_ fine: RowCheck.Fine, _ cells: RowCells) throws {
    var fine = fine
    if let record = fine.record {
      let place = try place(of: record, fine.space.division)
      (fine.space, fine.record) = (place.space, place.record)
      try requireKind(of: place, fine.kind)
    }
    if !fine.edit.warnings.isEmpty { note(fine.edit.warnings) }
    var row = ImportedRow(
      identity: fine.identity, record: fine.record ?? RecordID(high: 0, low: 0), content: fine.content)
    if let last = try imported(row.identity, in: fine.space) {
      if last.content == row.content {
        report.unchanged += 1
        return
      }
      // One that was deleted before the office joined into another division is not there any more.
      if try update(last, to: row.content, cells, kind: fine.kind, in: fine.space) { return }
    }
    // Where what made it does not count here, it is made again under its id.
    if let record = fine.record, try commit.snapshot.record(record, in: fine.space)?.kindName != nil {
      try takeOver(record, fine, cells, row: row)
      return
    }
    row.record = fine.record ?? ids.next()
    report.redacted += fine.edit.withheld
    create(row, fine, bytes: cells.bytes.count)
    if pending[fine.space]!.bytes > ImportRun.changeBytes { try flush(fine.space) }
  }

  /// Cells are numbered by kind: those of another one would stand for something else.
  private func requireKind(of place: RecordPlace, _ kind: Int) throws {
    guard let found = try commit.snapshot.record(place.record, in: place.space)?.kindName else { return }
    guard found == KindName(lineage: pack.info.lineage, code: pack.kinds[kind].code) else {
      throw RejectedEdit(.recordOfOtherKind(place.record.description))
    }
  }

  private mutating func note(_ warnings: [Finding]) {
    if warnings.contains(where: { $0.code == .outsidePeriod }) { report.outsidePeriod += 1 }
    for warning in warnings where warning.code == .defaultTaken && !report.defaulted.contains(warning) {
      report.defaulted.append(warning)
    }
  }

  /// Where a row goes: to the notice or the record that its id names, or what was made of it in the row's division; to a
  /// new record where nothing has that id.
  ///
  /// - Throws: `recordElsewhere` where the record is of another division: beside it nobody could name a second one.
  private func place(of id: RecordID, _ division: DivisionCode) throws -> RecordPlace {
    let held = try commit.snapshot.records(id)
    for section in [Space.Section.notices, .records] {
      let space = Space(division: division, section: section)
      if held.contains(where: { $0.space == space }) { return RecordPlace(space: space, record: id) }
    }
    let heirs = try held.filter { $0.kindName != nil }.map { try commit.snapshot.heir(of: $0) }
    guard let other = heirs.first else {
      return RecordPlace(space: Space(division: division, section: .records), record: id)
    }
    guard let heir = heirs.first(where: { $0.space.division == division }) else {
      let home = other.space.division
      throw RejectedEdit(
        .recordElsewhere(
          id.description, home: home, name: pack.divisions[home]?.name ?? home.description))
    }
    return RecordPlace(space: heir.space, record: heir.id)
  }

  /// What this store imported of a row with this identity before this file.
  private func imported(_ identity: Hash256, in space: Space) throws -> ImportedRow? {
    hasImported ? try commit.imported(identity, in: space) : nil
  }

  private mutating func create(_ row: ImportedRow, _ fine: RowCheck.Fine, bytes: Int) {
    let creation = Creation(
      kind: KindName(lineage: pack.info.lineage, code: pack.kinds[fine.kind].code))
    pending[fine.space, default: Pending()].mutations.append(
      Mutation(target: .id(row.record), creation: creation, writes: fine.writes))
    pending[fine.space]!.rows.append(row)
    pending[fine.space]!.bytes += bytes + 64
    report.imported += 1
  }

  /// A mended row: one change against what this store last imported of it. What others wrote since stays, and where
  /// both changed the same value both are kept; what was entered by hand in this store stays alone, and is told.
  /// - Returns: false where the record is not there.
  private mutating func update(
    _ last: ImportedRow, to content: Hash256, _ cells: RowCells, kind: Int, in space: Space
  ) throws -> Bool {
    guard let view = try current(last.record, in: space) else { return false }
    let definition = pack.kinds[kind]
    let former = try commit.snapshot.importedState(last)
    let rank = try commit.snapshot.officeDirectory().rank
    let checked = try cells.withCells {
      try headers.check(
        cells: $0, kind: kind, current: RecordContent(of: former, kind: definition, rank: rank), pack: pack)
    }
    let seen = SeenValues(former, definition, rank: rank)
    let writer = EditWriter(
      state: view.state, log: try node.ownLog(view.space, commit.snapshot),
      sight: .only(seen.contains))
    let redacted = RedactedCells([former, view.state])
    try write(
      checked, sparing: redacted, writer, kind: definition, to: view, ImportedRow(last, content: content),
      in: space)
    return true
  }

  /// The record that a row names, or was imported as; where that was moved, the one in its place, if this office
  /// writes there.
  private func current(_ id: RecordID, in space: Space) throws -> RecordView? {
    guard let view = try commit.snapshot.record(id, in: space) else { return nil }
    let heir = try commit.snapshot.heir(of: view)
    return node.scope(pack).mayWrite(heir.space) ? heir : view
  }

  /// A row that names a record which came otherwise: it takes the place of the values that are shown where it has
  /// others. What is in conflict stays so, and so does a value where the row has none: it may have been written since the
  /// file was.
  private mutating func takeOver(
    _ id: RecordID, _ fine: RowCheck.Fine, _ cells: RowCells, row: ImportedRow
  ) throws {
    try flush()
    let (checked, kind, space) = (fine.edit, pack.kinds[fine.kind], fine.space)
    guard let view = try current(id, in: space) else { return }
    let blank = fieldsLeftBlank(cells, fine.kind, view)
    if !blank.isEmpty { report.noteBlank(LocalNode.KeptValues(record: view.id, fields: blank)) }
    let shown = SeenValues(view.state, kind, rank: try commit.snapshot.officeDirectory().rank)
    var row = row
    row.places = try commit.snapshot.placesTouching(view)
    let writer = EditWriter(
      state: view.state, log: try node.ownLog(view.space, commit.snapshot),
      sight: .only(shown.contains))
    let redacted = RedactedCells([view.state])
    // What stands in for a column that the file has not is no value of the row's.
    let defaulted = Set(checked.warnings.filter { $0.code == .defaultTaken }.compactMap(\.field))
    try write(
      checked, sparing: redacted, leavingOut: defaulted, writer, kind: kind, to: view, row, in: space)
  }

  /// Fields that have a value in a record, and a column without one in its row.
  private func fieldsLeftBlank(_ cells: RowCells, _ kind: Int, _ view: RecordView) -> [Finding.Named] {
    guard let content = view.content, view.existence != .deleted else { return [] }
    let definition = pack.kinds[kind]
    return content.present(in: definition).compactMap { field, _ in
      guard let index = definition.fieldIndex(field.code),
        let column = headers.column(field: index, kind: kind),
        column >= cells.count || cells.text(column).trimmingBlanks().isEmpty
      else { return nil }
      return view.named(field.code)
    }
  }

  /// - Parameter space: where the row is noted as imported; the record may have been moved since.
  private mutating func write(
    _ checked: CheckedEdit, sparing redacted: RedactedCells, leavingOut fields: Set<String> = [],
    _ writer: EditWriter, kind: Kind, to view: RecordView, _ row: ImportedRow, in space: Space
  ) throws {
    let said = checked.edits.filter { kind.code(ofCell: $0.cell).map(fields.contains) != true }
    let (edits, spared) = redacted.sparing(said)
    let (writes, kept) = try outcome(of: edits, writer, kind: kind, of: view)
    var row = row
    if !kept.isEmpty {
      report.note(LocalNode.KeptValues(record: view.id, fields: kept))
      // It has not gone in: the next import looks again.
      row.content = ImportedRow.forgotten
    }
    // The row has what was erased, and its hash would tell who guesses that.
    if spared > 0 { row.content = ImportedRow.forgotten }
    report.redacted += spared + checked.withheld
    if writes.isEmpty {
      report.unchanged += 1
    } else {
      try node.append(
        to: view.space, operatorName: options.operatorName,
        mutations: [Mutation(target: .id(view.id), writes: writes)], in: commit)
      row.places.append(ImportedRow.Place(arrival: commit.lastArrival, position: 0))
      report.updated += 1
    }
    try commit.noteImported([row], in: space)
  }

  /// - Returns: the writes, and the fields that stay as they are because another hand changed them in this store.
  private func outcome(
    of edits: [CellEdit], _ writer: EditWriter, kind: Kind, of view: RecordView
  ) throws -> (writes: [CellWrite], kept: [Finding.Named]) {
    guard !edits.isEmpty else { return ([], []) }
    // It would come back by a write that the deletion did not see.
    guard view.existence != .deleted else { return ([], [view.named("deleted")]) }
    let rank = try commit.snapshot.officeDirectory().rank
    var (writes, kept): ([CellWrite], [Finding.Named]) = ([], [])
    for edit in edits {
      switch writer.outcome(of: edit, rule: kind.mergeRule(ofCell: edit.cell), rank: rank) {
      case .write(let write): writes.append(write)
      case .keptBack: kept.append(view.named(view.code(ofCell: edit.cell)))
      case .settled: break
      }
    }
    return (writes, kept)
  }

  // MARK: changes

  private mutating func flush() throws {
    for space in pending.keys.sorted() { try flush(space) }
  }

  mutating func finish() throws { try flush() }

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

extension RecordContent {
  /// What a state shows.
  fileprivate init(of state: RecordState, kind: Kind, rank: (NodeID) -> UInt8) {
    self.init(kind: kind)
    for cell in state.cells where cell.sort != .existence {
      show(cell.shown(rule: kind.mergeRule(ofCell: cell.number), rank: rank), of: kind)
    }
  }
}
