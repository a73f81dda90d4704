internal import GRDB

extension Schema {
  /// Nothing but what is derived is another: see `deriveDecisions`.
  static let decisions =
    "-- decisions on a record's existence; unique values without regard to width and case"

  /// Of a step before that one: a record was told as deleted where a restoration stands beside its deletion, and values
  /// that differ in width or case alone were not held for the same. What cannot be read is left to `doctor`.
  static func deriveDecisions(_ db: Database) throws {
    do {
      try db.inSavepoint {
        let commit = try Commit(db)
        let concerned = try Int64.fetchAll(
          db,
          sql: """
            SELECT key FROM records WHERE flags & 1
            UNION SELECT record FROM conflicts WHERE reason = ?
            UNION SELECT record FROM unique_values
            """, arguments: [ConflictReason.deleted.rawValue])
        for record in concerned { try leavingDamage { try commit.records().derive(record) } }
        try commit.finish()
        return .commit
      }
    } catch StoreError.damaged {}
  }

  /// A record that cannot be read keeps no other one back, and no store from being opened.
  static func leavingDamage(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch StoreError.damaged {}
  }
}
