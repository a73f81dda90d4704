internal import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

/// Open conflicts: which record, which field, and why. All of it is derived; the candidates stand in the
/// record's state.
struct ConflictTable {
  private let db: Database
  private let pack: Pack

  init(_ db: Database, _ pack: Pack) {
    self.db = db
    self.pack = pack
  }

  /// Writes anew what a record's merged state says of conflicts.
  func replace(record: Int64, view: RecordView) throws {
    try db.cachedStatement(sql: "DELETE FROM conflicts WHERE record = ? AND reason <> ?").execute(
      arguments: [record, ConflictReason.unique.rawValue])
    for field in view.conflicts { try insert(record, field, .concurrent) }
    if view.existence == .disputed { try insert(record, "deleted", .deleted) }
    if let cell = view.invalid.first { try insert(record, view.code(ofCell: cell), .invalid) }
    let values =
      view.existence == .deleted
      ? [] : ConflictTable.uniqueValues(view.kind, view.content, view.space, view.created?.author)
    // What is shared is judged anew: its flag was just written over.
    let former = try uniqueValues(of: record)
    if former == values.sorted(by: { $0.rule < $1.rule }),
      try !former.contains(where: { try sharing($0).count > 1 })
    {
      return
    }
    try removeUniqueValues(former, of: record)
    try note(values, of: record)
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
    try note(ConflictTable.uniqueValues(kind, content, space, author), of: record)
  }

  private static func uniqueValues(
    _ kind: Kind?, _ content: RecordContent?, _ space: Space, _ author: NodeID?
  ) -> [UniqueValue] {
    guard let kind, let content, let author else { return [] }
    return RuleCheck.uniqueKeys(content, kind).map { unique in
      var rule = "\(kind.code)/\(unique.rule)"
      if unique.isPerOffice { rule += "/\(space.division)/\(author)" }
      return UniqueValue(rule: rule, value: Data(unique.key))
    }
  }

  private func note(_ values: [UniqueValue], of record: Int64) throws {
    for value in values {
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO unique_values(rule, value, record) VALUES (?, ?, ?)")
        .execute(arguments: [value.rule, value.value, record])
      let others = try sharing(value)
      guard try areSeveral(others), let field = field(ofRule: value.rule) else { continue }
      for other in others { try insert(other, field, .unique) }
    }
  }

  private func removeUniqueValues(_ values: [UniqueValue], of record: Int64) throws {
    guard !values.isEmpty else { return }
    try db.cachedStatement(sql: "DELETE FROM unique_values WHERE record = ?").execute(arguments: [record])
    try db.cachedStatement(sql: "DELETE FROM conflicts WHERE record = ? AND reason = ?").execute(
      arguments: [record, ConflictReason.unique.rawValue])
    try flag(record)
    for value in values { try judge(value) }
  }

  /// Judges anew what some records have that only one may have, after links between them came or went.
  func judgeUniqueValues(of records: Set<RecordID>) throws {
    for id in records.sorted() {
      let statement = try db.cachedStatement(sql: "SELECT key FROM records WHERE id = ?")
      for key in try Int64.fetchAll(statement, arguments: [Data(id.bytes)]) {
        for value in try uniqueValues(of: key) { try judge(value) }
      }
    }
  }

  private func judge(_ value: UniqueValue) throws {
    let records = try sharing(value)
    guard let field = field(ofRule: value.rule) else { return }
    let clash = try areSeveral(records)
    for record in records {
      if clash {
        try insert(record, field, .unique)
      } else {
        try db.cachedStatement(sql: "DELETE FROM conflicts WHERE record = ? AND field = ? AND reason = ?")
          .execute(arguments: [record, field, ConflictReason.unique.rawValue])
        try flag(record)
      }
    }
  }

  /// Whether records that share a unique value are more than one activity: those that are linked are not.
  private func areSeveral(_ records: [Int64]) throws -> Bool {
    guard records.count > 1, let first = try id(of: records[0]) else { return false }
    let linked = try PairTable(db).linked(with: first)
    guard linked.count > 1 else { return true }
    return try records.dropFirst().contains { key in try id(of: key).map { !linked.contains($0) } ?? false }
  }

  private func id(of record: Int64) throws -> RecordID? {
    let statement = try db.cachedStatement(sql: "SELECT id FROM records WHERE key = ?")
    return try Data.fetchOne(statement, arguments: [record]).flatMap { RecordID($0) }
  }

  /// In the order of their rules.
  private func uniqueValues(of record: Int64) throws -> [UniqueValue] {
    let statement = try db.cachedStatement(
      sql: "SELECT rule, value FROM unique_values WHERE record = ? ORDER BY rule, value")
    return try Row.fetchAll(statement, arguments: [record]).map { UniqueValue(rule: $0[0], value: $0[1]) }
  }

  /// The field that a conflict of the rule is shown at; nil where the pack in force has no such rule.
  private func field(ofRule rule: String) -> String? {
    let parts = rule.split(separator: "/")
    guard parts.count > 1, let kind = pack.kind(String(parts[0])), let index = Int(parts[1]),
      kind.rules.indices.contains(index)
    else { return nil }
    return kind.code(ofUnique: index)
  }

  private func sharing(_ value: UniqueValue) throws -> [Int64] {
    let statement = try db.cachedStatement(
      sql: "SELECT record FROM unique_values WHERE rule = ? AND value = ?")
    return try Int64.fetchAll(statement, arguments: [value.rule, value.value])
  }
}

/// What only one record may have.
private struct UniqueValue: Equatable {
  /// The kind's code and the rule's number; the division and the office, where it is unique there.
  var rule: String
  var value: Data
}

extension Kind {
  /// The code of the first field that a unique rule is about.
  func code(ofUnique rule: Int) -> String { rules[rule].fields.first.map { fields[$0].code } ?? "unique" }
}
