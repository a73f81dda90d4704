internal import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

/// Open conflicts: which record, which field, and why. All of it is derived; the candidates stand in the
/// record's state.
struct ConflictTable {
  private let db: Database
  init(_ db: Database) { self.db = db }

  /// Writes anew what a record's merged state says of conflicts.
  func replace(record: Int64, view: RecordView) throws {
    try db.cachedStatement(sql: "DELETE FROM conflicts WHERE record = ? AND reason <> ?").execute(
      arguments: [record, ConflictReason.unique.rawValue])
    for field in view.conflicts { try insert(record, field, .concurrent) }
    if view.existence == .disputed { try insert(record, "deleted", .deleted) }
    if let cell = view.invalid.first { try insert(record, view.code(ofCell: cell), .invalid) }
    try removeUniqueValues(of: record)
    guard view.existence != .deleted, let author = view.created?.author else { return }
    try noteUniqueValues(
      record: record, kind: view.kind, content: view.content, space: view.space, author: author)
  }

  private func insert(_ record: Int64, _ field: String, _ reason: ConflictReason) throws {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO conflicts(record, field, reason) VALUES (?, ?, ?)")
      .execute(arguments: [record, field, reason.rawValue])
    if reason == .unique { try flag(record) }
  }

  private func flag(_ record: Int64) throws {
    try db.cachedStatement(
      sql: """
        UPDATE records SET flags = (flags & ~2)
          | CASE WHEN EXISTS (SELECT 1 FROM conflicts WHERE record = key) THEN 2 ELSE 0 END
        WHERE key = ?
        """
    ).execute(arguments: [record])
  }

  // MARK: unique values

  /// Notes a record's unique values, and the conflicts with others that have the same.
  ///
  /// - Parameter author: whose creation made the record; some values are unique an office.
  func noteUniqueValues(record: Int64, kind: Kind?, content: RecordContent?, space: Space, author: NodeID)
    throws
  {
    guard let kind, let content else { return }
    for unique in RuleCheck.uniqueKeys(content, kind) {
      var rule = "\(kind.code)/\(unique.rule)"
      if unique.isPerOffice { rule += "/\(space.division)/\(author)" }
      let value = Data(unique.key)
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO unique_values(rule, value, record) VALUES (?, ?, ?)")
        .execute(arguments: [rule, value, record])
      let others = try sharing(rule, value)
      guard others.count > 1, case let field = kind.code(ofUnique: unique.rule) else { continue }
      for other in others { try insert(other, field, .unique) }
    }
  }

  private func removeUniqueValues(of record: Int64) throws {
    let statement = try db.cachedStatement(sql: "SELECT rule, value FROM unique_values WHERE record = ?")
    let rows = try Row.fetchAll(statement, arguments: [record])
    guard !rows.isEmpty else { return }
    try db.cachedStatement(sql: "DELETE FROM unique_values WHERE record = ?").execute(arguments: [record])
    for row in rows {
      var free = try sharing(row[0], row[1])
      if free.count == 1 || free.isEmpty {
        free.append(record)
        for key in free {
          try db.cachedStatement(sql: "DELETE FROM conflicts WHERE record = ? AND reason = ?").execute(
            arguments: [key, ConflictReason.unique.rawValue])
          try flag(key)
        }
      }
    }
  }

  private func sharing(_ rule: String, _ value: Data) throws -> [Int64] {
    let statement = try db.cachedStatement(
      sql: "SELECT record FROM unique_values WHERE rule = ? AND value = ?")
    return try Int64.fetchAll(statement, arguments: [rule, value])
  }
}

extension Kind {
  /// The code of the first field that a unique rule is about.
  func code(ofUnique rule: Int) -> String { rules[rule].fields.first.map { fields[$0].code } ?? "unique" }
}
