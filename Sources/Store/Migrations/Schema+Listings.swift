internal import GRDB

extension Schema {
  /// How conflicts were listed here last: what a person then says of them by number is about that.
  static let listings = """
    CREATE TABLE listings(
      record INTEGER NOT NULL, field TEXT NOT NULL, reason INTEGER NOT NULL,
      candidates BLOB NOT NULL,    -- 16 bytes each (see ListedCandidate), in their order
      PRIMARY KEY(record, field, reason)) WITHOUT ROWID;
    """

  /// Records with a redacted field that holds something again are few, and asked for by each status. It is no part of a
  /// step: to make it all records are read, of which some may be damaged, and without it that only takes longer.
  static let reappearedIndex =
    "CREATE INDEX IF NOT EXISTS records_reappeared ON records(key) WHERE flags & 16 <> 0"

  /// Of a step before that one: which records have a redacted field that holds something again was not noted, and a
  /// deletion was told as disputed while something that it saw had not arrived. What cannot be read is left to `doctor`.
  static func deriveFlags(_ db: Database) throws {
    do {
      try db.inSavepoint {
        let commit = try Commit(db)
        let disputed = try Int64.fetchAll(
          db, sql: "SELECT record FROM conflicts WHERE reason = ?",
          arguments: [ConflictReason.deleted.rawValue])
        let redacted = try commit.snapshot.redactedRecords()
        for record in Set(disputed).union(redacted) {
          try leavingDamage { try commit.records().derive(record) }
        }
        try commit.finish()
        return .commit
      }
    } catch StoreError.damaged {}
  }
}
