internal import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

/// Open conflicts: which record, which field, and why. All of it is derived; the candidates stand in the
/// record's state.
struct ConflictTable {
  private let db: Database
  private let unique: UniqueValueTable
  private let offices: KnownOffices

  init(_ db: Database, _ pack: Pack, _ offices: KnownOffices, _ shared: SharedValues) {
    self.db = db
    self.offices = offices
    unique = UniqueValueTable(db, pack, shared)
  }

  /// Whether a record's merged state gives it other unique values than it was noted with.
  func changesUniqueValues(of record: Int64, view: RecordView) throws -> Bool {
    try unique.differs(record, from: uniqueValues(view))
  }

  private func uniqueValues(_ view: RecordView) -> [UniqueValue] {
    guard view.existence != .deleted else { return [] }
    return UniqueValue.all(
      view.kind, view.content, view.space, office: view.created.map { offices.office(of: $0.author) },
      origin: view.origin)
  }

  /// Judges anew which values of a record only one may have, after its office turned out to be another one.
  func replaceUniqueValues(record: Int64, view: RecordView) throws {
    try unique.replace(record: record, uniqueValues(view))
  }

  /// Writes anew what a record's merged state says of conflicts.
  func replace(record: Int64, view: RecordView) throws {
    try db.cachedStatement(sql: "DELETE FROM conflicts WHERE record = ? AND reason <> ?").execute(
      arguments: [record, ConflictReason.unique.rawValue])
    for field in view.conflicts { try insert(record, field, .concurrent) }
    if view.existence == .disputed { try insert(record, "deleted", .deleted) }
    if let cell = view.invalid.first { try insert(record, view.code(ofCell: cell), .invalid) }
    try unique.replace(record: record, uniqueValues(view))
  }

  private func insert(_ record: Int64, _ field: String, _ reason: ConflictReason) throws {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO conflicts(record, field, reason) VALUES (?, ?, ?)")
      .execute(arguments: [record, field, reason.rawValue])
  }

  /// Notes the unique values of a new record, and the conflicts with others that have the same.
  ///
  /// - Parameter author: whose creation made the record; some values are unique an office.
  func noteUniqueValues(
    record: Int64, kind: Kind?, content: RecordContent?, space: Space, author: NodeID, origin: RecordPlace?
  ) throws {
    for value in UniqueValue.all(
      kind, content, space, office: offices.office(of: author), origin: origin)
    {
      try unique.add(value, to: record)
    }
  }

  /// Judges anew what records have that only one may have, after links between them came or went.
  func judgeUniqueValues(relinked: Set<RecordID>) throws { try unique.judge(relinked) }
}
