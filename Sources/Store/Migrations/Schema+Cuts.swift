internal import GRDB

extension Schema {
  /// Branches that do not count are few and asked for often; the column of one that does is never written again.
  static let cuts = "CREATE INDEX branches_withdrawn ON branches(withdrawn)"

  /// The first step whose stores have cut logs of too many branches.
  static let cutStep = 7

  /// Where something cannot be read that this needs, the logs stay as they are: `doctor` mends it, and cuts them.
  static func cutLogs(_ db: Database) throws {
    do {
      try db.inSavepoint {
        let commit = try Commit(db)
        // Certificates and revocations may lie beyond: whoever has the region's certificate judges them.
        if try commit.cutAllAtFirstFork() { try commit.setMeta(.unsettled, [1]) }
        try commit.finish()
        return .commit
      }
    } catch StoreError.damaged {}
  }
}
