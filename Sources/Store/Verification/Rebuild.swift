internal import Foundation
internal import GRDB
internal import Ledger

/// All that is derived from the logs made anew from them, by the code that commits use: `RecordTable.insertNew` for
/// what one change makes, `Replay` and `RecordTable.save` for what several did, as after a withdrawal.
///
/// Records come by their rows in the order in which they first did, so that they keep their keys. The logs
/// themselves (changes, branches, spaces) stay as they are.
extension Commit {
  /// It comes first in its transaction: nothing may have been read or written in that before. In the same one, what is
  /// erased has to be erased again (`eraseAgain`), redactions that were not carried out yet are to be, and the line is to
  /// be drawn anew where it lies wrong: who may redact or revoke is for the caller to judge.
  ///
  /// - Parameter progressed: is told now and then how many changes were gone through, of how many.
  /// - Throws: `StoreError.damaged` where a change cannot be read: the transaction has to end then, without a trace.
  public func rebuild(progressed: (_ changes: Int, _ of: Int) -> Void = { _, _ in }) throws {
    try db.execute(sql: "REINDEX; \(Schema.reappearedIndex); \(Schema.holders)")
    try clearDerived()
    try mendHeads()
    try logs.beginAnew()
    let arrivals = try Int64.fetchAll(db, sql: "SELECT arrival FROM changes ORDER BY arrival")
    var running = [UInt8](repeating: 0, count: RunningHash.byteCount)
    let withdrawn = try Set(
      Int64.fetchAll(
        db, sql: "SELECT c.arrival FROM changes c JOIN branches b ON b.key = c.branch WHERE b.withdrawn"))
    let all = LogRegistry(db, withdrawnToo: true)
    for (index, arrival) in arrivals.enumerated() {
      if index % 64 == 0 { progressed(index, arrivals.count) }
      try retake(arrival, counts: !withdrawn.contains(arrival), all, &running)
    }
    // What was carried out stays so, whoever may redact now; it is known by the statement that ordered it.
    try db.execute(
      sql: "DELETE FROM redacting WHERE arrival NOT IN (SELECT arrival FROM statements WHERE type = 5)")
    // What was read before its time was mended.
    decoded.forgetAll()
    try remakeTouched()
    try MissingTable(db).removeStrays()
    // Times were mended on the way, and the heads have the last ones.
    try mendHeads()
    try cutAllAtFirstFork()
    try db.execute(sql: "DELETE FROM unindexed")
  }

  private func clearDerived() throws {
    for table in ColumnCheck.derived.sorted() where table != "redacting" {
      try db.execute(sql: "DELETE FROM \(table)")
    }
    // They go by the records' keys, which will be others.
    try db.execute(sql: "DELETE FROM listings")
    try db.execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [MetaName.indexedThrough.rawValue])
    snapshot.known.meta[.indexedThrough] = nil
    try db.execute(
      sql: """
        CREATE TEMP TABLE IF NOT EXISTS remade(record INTEGER PRIMARY KEY, counted INTEGER NOT NULL);
        DELETE FROM temp.remade;
        """)
  }

  /// A branch ends where its last change does.
  private func mendHeads() throws {
    try db.execute(
      sql: """
        UPDATE branches SET (n, hash, time) = (
          SELECT c.n, c.hash, c.time FROM changes c WHERE c.branch = branches.key ORDER BY c.n DESC LIMIT 1)
        WHERE EXISTS (SELECT 1 FROM changes c WHERE c.branch = branches.key)
        """)
  }

  /// What one change said, taken in again.
  private func retake(_ arrival: Int64, counts: Bool, _ all: LogRegistry, _ running: inout [UInt8]) throws {
    let stored = try decoded.change(arrival: arrival)
    let (change, content) = (stored.change, stored.content)
    running = RunningHash.next(running, change.hash)
    try db.cachedStatement(
      sql:
        "UPDATE changes SET time = ?1, running = ?2 WHERE arrival = ?3 AND NOT (time = ?1 AND running = ?2)"
    ).execute(arguments: [content.time, Data(running), arrival])
    try noteStatements(content, arrival: arrival)
    guard !content.hasUnknownParts else { return }
    let naming = RecordNaming(db: db, logs: all, decoded: decoded)
    var k: UInt32 = 1
    for (position, mutation) in content.mutations.enumerated() {
      defer { k += UInt32(mutation.dotCount) }
      guard let id = try naming.record(of: mutation.target, in: change.ref) else { continue }
      let fresh = FreshState.encoded(mutation, firstK: k, of: change.ref, time: content.time)
      let touch = RecordTable.Touch(
        mutation: mutation, firstK: k, change: change.ref, time: content.time, arrival: arrival,
        position: position, bytes: 0,
        freshState: fresh.map { RecordState.hash(ofEncoded: $0, record: id, space: change.log.space) })
      try records().retake(touch, id: id, counts: counts)
    }
  }

  /// Records that more than one mutation made, or one that does not count.
  private func remakeTouched() throws {
    for row in try Row.fetchAll(db, sql: "SELECT record, counted FROM temp.remade ORDER BY record") {
      try records().remake(row[0], counted: row[1])
    }
  }
}

extension Store {
  /// Makes the file's indexes anew from its tables, in a transaction of its own: what an index lacks is not found, and
  /// may look like a damaged log. What derived tables hold and may not goes with it.
  ///
  /// - Returns: false where the tables do not allow it; nothing has changed then.
  public func mendIndexes() throws -> Bool {
    try Store.translating(path: folder) {
      do {
        try database.writeWithoutTransaction { db in
          try db.inTransaction(.immediate) {
            try db.execute(sql: "REINDEX")
            try ColumnCheck(db).removeDerived()
            return .commit
          }
        }
        return true
      } catch let error as DatabaseError
        where error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_CONSTRAINT
      {
        return false
      }
    }
  }
}

extension Store {
  /// Makes the file anew from what is in its tables: what is wrong with its pages beside them goes.
  ///
  /// - Returns: false where the tables cannot be read; nothing has changed then.
  public func mendPages() throws -> Bool {
    do {
      try makeFileAnew()
      return true
    } catch StoreError.damaged {
      return false
    }
  }
}

extension RecordTable {
  /// Puts a mutation in its place. What it makes alone is there at once, all else by `remake`.
  ///
  /// - Parameter counts: false for what was taken out, which is still known to have touched the record.
  fileprivate func retake(_ touch: Touch, id: RecordID, counts: Bool) throws {
    let db = commit.db
    let space = touch.change.log.space
    if counts, touch.mutation.creation != nil, touch.mutation.writes.allSatisfy({ $0.supersedes.isEmpty }),
      case .id = touch.mutation.target, try insertNew(touch, id: id, space: space)
    {
      return
    }
    let spaceKey = try commit.logs.space(space).key
    let found = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT key FROM records WHERE id = ? AND space = ?"),
      arguments: [Data(id.bytes), spaceKey])
    if let found { try noteTouch(touch, of: found) }
    let key = try found ?? insertRow(touch, id: id, space: space)
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO temp.remade(record, counted) VALUES (?, ?)").execute(
      arguments: [key, found != nil])
  }

  /// - Parameter counted: whether what its first mutation makes is in its space's sum.
  fileprivate func remake(_ key: Int64, counted: Bool) throws {
    guard let row = try RecordRow.find(commit.db, key: key) else { return }
    let space = try commit.logs.space(key: row.space)
    let before = try counted ? row.state(commit.decoded, space: space).hash(of: row.id, in: space) : nil
    try rebuild(row, in: space, before: before)
  }
}
