public import Campaign
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
  /// Codes of the fields and groups that only a person may settle.
  public let disputed: [String]
}

extension Snapshot {
  /// Gives what the records that a filter lets through show to `body`, in the order in which they came.
  ///
  /// A record that nothing has touched since it was made is read from its change alone: neighbours lie in one
  /// change, so that each change is read once. Records of kinds that the pack in force does not know are passed
  /// over; `matches` and `limit` of the filter do not count here.
  public func forEachShown(_ filter: RecordFilter, _ body: (ShownRecord) throws -> Void) throws {
    let reader = try RecordReader(self)
    let clause = Clause(filter, spaces: reader.spaces)
    let rows = try Row.fetchCursor(
      db, sql: "SELECT \(RecordRow.columns) FROM records WHERE \(clause.text) ORDER BY key",
      arguments: StatementArguments(clause.arguments))
    while let row = try rows.next() {
      if let shown = try reader.shown(row) { try body(shown) }
    }
  }
}

extension Snapshot.RecordReader {
  fileprivate func shown(_ row: Row) throws -> ShownRecord? {
    guard row.hasNull(atIndex: RecordRow.stateColumn) else {
      guard let view = try view(row), let kind = view.kind, let content = view.content else { return nil }
      return ShownRecord(
        id: view.id, space: view.space, kind: kind, content: content, author: view.created?.author,
        disputed: view.disputed)
    }
    let record = try RecordRow(row)
    guard let space = spaces[record.space] else { return nil }
    let (mutation, author) = try decoded.creation(origin: record.origin, position: record.position)
    guard let fresh = FreshRecord(mutation, pack), let kind = fresh.kind, let content = fresh.content else {
      return nil
    }
    return ShownRecord(
      id: record.id, space: space, kind: kind, content: content, author: author, disputed: [])
  }
}
