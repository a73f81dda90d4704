public import Campaign
internal import Foundation
internal import GRDB
public import Ledger

/// What a record shows, for who looks at many: its values and who made it, without its history.
public struct ShownRecord: Sendable {
  public let id: RecordID
  public let space: Space
  public let kind: Kind
  public let content: RecordContent
  /// Who made it.
  public let author: NodeID?
  /// Codes of the fields and groups that only a person may settle, as they are listed as conflicts: `deleted`, and what no
  /// field is, among them.
  public let disputed: [String]
}

extension Snapshot {
  /// Gives what the records that a filter lets through show to `body`, in the order in which they came.
  ///
  /// A record that nothing has touched since it was made is read from its change alone: neighbours lie in one
  /// change, so that each change is read once. Records of kinds that the pack in force does not know are passed
  /// over; `matches` and `limit` of the filter do not count here.
  ///
  /// - Parameter fields: the codes of the fields that `body` looks at, so that the others need not be read; nil
  ///   for all.
  public func forEachShown(
    _ filter: RecordFilter, fields: Set<String>? = nil, _ body: (ShownRecord) throws -> Void
  ) throws {
    let reader = try RecordReader(self)
    let clause = Clause(filter, spaces: reader.spaces)
    let unsettled = try unsettledByRule()
    let selection = fields.map { CellSelection(of: $0, reader.pack) }
    let rows = try Row.fetchCursor(
      db, sql: "SELECT \(RecordRow.columns) FROM records WHERE \(clause.text) ORDER BY key",
      arguments: StatementArguments(clause.arguments))
    while let row = try rows.next() {
      if let shown = try reader.shown(row, selection, unsettled[row[0]] ?? []) { try body(shown) }
    }
  }

  /// By record, the fields with a conflict that no rule settles but for several values.
  private func unsettledByRule() throws -> [Int64: [String]] {
    let rows = try Row.fetchCursor(
      db.cachedStatement(sql: "SELECT record, field FROM conflicts WHERE reason <> ?"),
      arguments: [ConflictReason.concurrent.rawValue])
    var fields: [Int64: [String]] = [:]
    while let row = try rows.next() { fields[row[0], default: []].append(row[1]) }
    return fields
  }
}

extension Snapshot {
  /// How many of the records that a filter lets through are of kinds that the pack in force does not know: what they
  /// hold cannot be shown, their dates neither.
  public func unknownKindCount(_ filter: RecordFilter) throws -> Int {
    var filter = filter
    (filter.kind, filter.from, filter.to, filter.item, filter.isMarked) = (nil, nil, nil, nil, false)
    let reader = try RecordReader(self)
    let clause = Clause(filter, spaces: reader.spaces)
    // What is of another pack's kind has none of the columns that are read out of fields.
    let rows = try Row.fetchCursor(
      db,
      sql: "SELECT \(RecordRow.columns) FROM records WHERE \(clause.text) AND date IS NULL AND items IS NULL",
      arguments: StatementArguments(clause.arguments))
    var count = 0
    while let row = try rows.next() { if try reader.content(row) == nil { count += 1 } }
    return count
  }
}

extension CellSelection {
  /// The cells of all fields with these codes, in every kind of a pack.
  fileprivate init(of fields: Set<String>, _ pack: Pack) {
    self.init()
    for kind in pack.kinds {
      let wanted = kind.fields.indices.filter { fields.contains(kind.fields[$0].code) }
      want(
        wanted.map { kind.cell(ofField: $0) }, of: KindName(lineage: pack.info.lineage, code: kind.code))
    }
  }
}

extension Snapshot.RecordReader {
  /// - Parameter unsettled: the fields with a conflict that no rule settles but for several values.
  fileprivate func shown(
    _ row: Row, _ selection: CellSelection?, _ unsettled: [String]
  ) throws -> ShownRecord? {
    guard row.hasNull(atIndex: RecordRow.stateColumn) else {
      guard let view = try view(row), let kind = view.kind, let content = view.content else { return nil }
      return ShownRecord(
        id: view.id, space: view.space, kind: kind, content: content, author: view.created?.author,
        disputed: view.disputed(with: unsettled))
    }
    guard let space = spaces[row[RecordRow.spaceColumn]] else { return nil }
    let id = try row.withUnsafeData(atIndex: RecordRow.idColumn) { data in
      data.flatMap { $0.withUnsafeBytes { RecordID($0) } }
    }
    guard let id else { throw StoreError.damaged("record \(row[0] as Int64)") }
    return try fresh(row, selection).map { kind, content, author in
      ShownRecord(id: id, space: space, kind: kind, content: content, author: author, disputed: unsettled)
    }
  }
}
