internal import GRDB

/// The tables, as numbered steps: a store of an older step is brought forward when it is opened, one of a
/// newer step is refused.
enum Schema {
  /// `PRAGMA application_id` of every store: the ASCII letters TZ, then the number of the file's format.
  static let applicationID: Int64 = 0x545A_0001

  static let steps: [String] = [
    first, second, third, fourth, lookups, branches, cuts, redactions, attachments, losses,
    contents, offices,
    listings, decisions, holders,
  ]

  static var current: Int { steps.count }

  /// Whether nothing is to be done before `db` is used.
  /// - Throws: `newerSchema` where it is beyond the current step, `notAStore` where it is another program's.
  static func isCurrent(_ db: Database, path: String) throws -> Bool {
    let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    if try Int64.fetchOne(db, sql: "PRAGMA application_id") != applicationID {
      // Only what nobody has made anything of may become a store.
      guard found == 0, try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0 else {
        throw StoreError.notAStore(path: path)
      }
      return false
    }
    guard found > 0 else { throw StoreError.notAStore(path: path) }
    guard found <= current else { throw StoreError.newerSchema(found: found, known: current) }
    return found == current
  }

  /// Brings `db` to the current step.
  ///
  /// - Parameter derives: whether what newer steps derive otherwise is made anew; else the tables alone are brought forward.
  /// - Returns: whether there was a store of an older step.
  /// - Throws: `damagedOlder`; `db` is as it was then.
  static func migrate(_ db: Database, path: String, derives: Bool) throws -> Bool {
    var found = 0
    // A transaction in which SQLite met a damaged page can be ended by a rollback alone. So it is looked for first.
    let isSound = try derives && hasSoundPages(db)
    try db.inTransaction(.immediate) {
      // Read anew inside the transaction: another process may have been faster.
      if try isCurrent(db, path: path) { return .commit }
      found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
      for step in steps[found...] where (derives || step != cuts) && (isSound || step != holders) {
        try take(step, from: found, db)
      }
      if isSound { try db.execute(sql: reappearedIndex) }
      if found > 0, derives {
        if steps[found...].contains(offices) { try Commit(db).setMeta(.unsettled, [1]) }
        // Else all of it is left to `doctor`, which a store that cannot be opened could not be asked by.
        if isSound { try derive(db, since: found) }
      }
      try db.execute(sql: "PRAGMA user_version = \(current); PRAGMA application_id = \(applicationID)")
      return .commit
    }
    return (1..<current).contains(found)
  }

  /// What cannot be read, or is not what its column may hold, cannot be copied into a table of the next step either. Nothing
  /// of it is left out in silence.
  private static func take(_ step: String, from found: Int, _ db: Database) throws {
    do {
      try db.execute(sql: step)
    } catch let error as DatabaseError
      where [.SQLITE_CORRUPT, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG].contains(error.resultCode)
    {
      throw StoreError.damagedOlder(found: found, message: error.message ?? "\(error.resultCode)")
    }
  }

  /// Those of any step (`Database.partialIndexes`).
  static func partialIndexes() throws -> Set<String> {
    let empty = try DatabaseQueue()
    var all: Set<String> = []
    try empty.write { db in
      for sql in steps + [reappearedIndex] {
        try db.execute(sql: sql)
        all.formUnion(try db.partialIndexes())
      }
    }
    try empty.close()
    return all
  }

  private static func hasSoundPages(_ db: Database) throws -> Bool {
    // No table of this program has a check; of a backup that somebody altered it would run on every row.
    try db.execute(sql: "PRAGMA ignore_check_constraints = ON")
    defer { try? db.execute(sql: "PRAGMA ignore_check_constraints = OFF") }
    do {
      return try String.fetchOne(db, sql: "PRAGMA quick_check(1)") == "ok"
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
      return false
    }
  }

  /// Makes anew what the steps after `found` derive otherwise.
  private static func derive(_ db: Database, since found: Int) throws {
    if found < cutStep { try cutLogs(db) }
    let steps = steps[found...]
    if steps.contains(attachments) { try deriveAttachments(db) }
    if steps.contains(listings) { try deriveFlags(db) }
    if steps.contains(decisions) { try deriveDecisions(db) }
  }

  /// What does not count is a branch of its own, marked here with why (`Withdrawal`); it keeps its arrivals.
  private static let second = "ALTER TABLE branches ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0"

  /// Which records were linked as one activity or dismissed as two, from their states (see `PairTable`). No store
  /// of an older step holds any such cell.
  private static let third = """
    CREATE TABLE pairs(
      record INTEGER NOT NULL, cell INTEGER NOT NULL, other BLOB NOT NULL,
      PRIMARY KEY(record, cell, other)) WITHOUT ROWID;
    CREATE INDEX pairs_by_other ON pairs(other, cell);
    """

  /// Postings say how much a pair of characters weighs, and the days of the records that they cover stand beside
  /// them: the index of an older step is built anew. Records of one day stand in the order in which they came, so
  /// that the first of a list are found without sorting the others of that day. States lie in a table of their own:
  /// in its row the first one of a record would part a page of rows that are a tenth of its size.
  private static let fourth = """
    DELETE FROM postings;
    DELETE FROM segments;
    DELETE FROM unindexed;
    DELETE FROM meta WHERE name = 'indexed-through';
    CREATE TABLE search_days(portion INTEGER PRIMARY KEY, days BLOB NOT NULL);

    CREATE TABLE states(record INTEGER PRIMARY KEY, state BLOB NOT NULL);
    INSERT INTO states SELECT key, state FROM records WHERE state IS NOT NULL;
    CREATE TABLE new_records(
      key INTEGER PRIMARY KEY, space INTEGER NOT NULL, id BLOB NOT NULL,
      kind TEXT,                   -- NULL: its creation has not arrived, so it is not shown
      date INTEGER, items TEXT, flags INTEGER NOT NULL,
      origin INTEGER NOT NULL,     -- arrival of the change that first touched it …
      position INTEGER NOT NULL);  -- … and which of its mutations: all there is, where it has no state
    INSERT INTO new_records SELECT key, space, id, kind, date, items, flags, origin, position FROM records;
    DROP TABLE records;
    ALTER TABLE new_records RENAME TO records;
    CREATE UNIQUE INDEX records_by_id ON records(id, space);
    CREATE INDEX records_by_date ON records(date, key, kind, space, flags);
    """

  private static let first = """
    -- One row a fact about this store (see MetaTable).
    CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

    CREATE TABLE spaces(
      key INTEGER PRIMARY KEY, division TEXT NOT NULL, section INTEGER NOT NULL,
      state_sum BLOB NOT NULL,     -- 256-bit sum of the record states' hashes
      digest BLOB NOT NULL,        -- over the sorted heads
      UNIQUE(division, section));

    -- A log has one row here for as long as it is not forked; each branch beyond has a row of its own.
    CREATE TABLE branches(
      key INTEGER PRIMARY KEY, node BLOB NOT NULL, space INTEGER NOT NULL, epoch INTEGER NOT NULL,
      base INTEGER,                -- the branch it leaves, after that branch's change base_n
      base_n INTEGER NOT NULL,
      n INTEGER NOT NULL, hash BLOB NOT NULL, time INTEGER NOT NULL,
      certificate BLOB);           -- the certificate that it is written under since it was last named
    CREATE INDEX branches_by_log ON branches(space, node, epoch);

    -- Every change held and believed, numbered as it came. The body is last: a scan does not read it.
    CREATE TABLE changes(
      arrival INTEGER PRIMARY KEY, branch INTEGER NOT NULL, n INTEGER NOT NULL,
      source INTEGER NOT NULL,     -- the peer it came from; 0: made here
      time INTEGER NOT NULL, hash BLOB NOT NULL,
      running BLOB NOT NULL,       -- running hash of the arrivals up to here
      signature BLOB, body BLOB NOT NULL);
    CREATE UNIQUE INDEX changes_by_number ON changes(branch, n);

    -- What notices logs say beside records.
    CREATE TABLE statements(
      arrival INTEGER NOT NULL, position INTEGER NOT NULL, type INTEGER NOT NULL, payload BLOB NOT NULL,
      PRIMARY KEY(arrival, position));

    -- Derived from the logs, all of it, by Rebuild as by Commit.
    CREATE TABLE records(
      key INTEGER PRIMARY KEY, space INTEGER NOT NULL, id BLOB NOT NULL,
      kind TEXT,                   -- NULL: its creation has not arrived, so it is not shown
      date INTEGER, items TEXT, flags INTEGER NOT NULL,
      origin INTEGER NOT NULL,     -- arrival of the change that first touched it …
      position INTEGER NOT NULL,   -- … and which of its mutations: all there is, where state is NULL
      state BLOB);
    CREATE UNIQUE INDEX records_by_id ON records(id, space);
    CREATE INDEX records_by_date ON records(date, kind, space, flags);

    -- Which changes touched a record, beyond the one in its row.
    CREATE TABLE touches(
      record INTEGER NOT NULL, arrival INTEGER NOT NULL, PRIMARY KEY(record, arrival)) WITHOUT ROWID;

    -- Records that await a change which is named and not held.
    CREATE TABLE awaited(
      node BLOB NOT NULL, epoch INTEGER NOT NULL, n INTEGER NOT NULL, record INTEGER NOT NULL,
      PRIMARY KEY(node, epoch, n, record)) WITHOUT ROWID;

    CREATE TABLE conflicts(
      record INTEGER NOT NULL, field TEXT NOT NULL, reason INTEGER NOT NULL,
      PRIMARY KEY(record, field, reason)) WITHOUT ROWID;

    -- Values that a rule wants to be unique, by their kind and rule.
    CREATE TABLE unique_values(
      rule TEXT NOT NULL, value BLOB NOT NULL, record INTEGER NOT NULL,
      PRIMARY KEY(rule, value, record)) WITHOUT ROWID;
    CREATE INDEX unique_values_by_record ON unique_values(record);

    -- Search: postings in bulk-built segments; what is not in one yet is scanned.
    CREATE TABLE postings(
      gram INTEGER NOT NULL, segment INTEGER NOT NULL, records BLOB NOT NULL,
      PRIMARY KEY(gram, segment)) WITHOUT ROWID;
    CREATE TABLE segments(key INTEGER PRIMARY KEY, records INTEGER NOT NULL);
    CREATE TABLE unindexed(record INTEGER PRIMARY KEY, arrival INTEGER NOT NULL);

    -- Other stores.
    CREATE TABLE peers(
      key INTEGER PRIMARY KEY, node BLOB UNIQUE, name TEXT, address TEXT,
      listed INTEGER NOT NULL DEFAULT 0, enroller INTEGER NOT NULL DEFAULT 0,
      store_id BLOB, arrival INTEGER NOT NULL DEFAULT 0, running BLOB,
      sent_arrival INTEGER NOT NULL DEFAULT 0,
      last_sync INTEGER, last_error TEXT, unreceived INTEGER, drift INTEGER);

    -- Who has signed for holding what: heads by log, the newest of each signer.
    CREATE TABLE receipts(
      signer BLOB NOT NULL, node BLOB NOT NULL, space INTEGER NOT NULL, epoch INTEGER NOT NULL,
      n INTEGER NOT NULL, hash BLOB NOT NULL, receipt INTEGER NOT NULL,
      PRIMARY KEY(signer, node, space, epoch)) WITHOUT ROWID;
    CREATE TABLE receipt_texts(key INTEGER PRIMARY KEY, signer BLOB NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL);

    -- Node certificates known here, with what Trust read out of them.
    CREATE TABLE offices(
      node BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, name TEXT NOT NULL, division TEXT NOT NULL,
      rank INTEGER NOT NULL, certificate BLOB NOT NULL, issuer BLOB, expires INTEGER NOT NULL,
      revoked INTEGER NOT NULL DEFAULT 0, last_seen INTEGER);

    CREATE TABLE invitations(
      secret_hash BLOB PRIMARY KEY, division TEXT NOT NULL, name TEXT NOT NULL, only INTEGER NOT NULL,
      may_enrol INTEGER NOT NULL, expires INTEGER NOT NULL, used_by BLOB, office_id TEXT NOT NULL);

    -- Changes that cannot be believed (yet): kept aside with the reason, within a bound.
    CREATE TABLE quarantine(
      key INTEGER PRIMARY KEY, source INTEGER NOT NULL, node BLOB NOT NULL, division TEXT NOT NULL,
      section INTEGER NOT NULL, epoch INTEGER NOT NULL, n INTEGER NOT NULL, reason TEXT NOT NULL,
      at INTEGER NOT NULL, batch BLOB,
      UNIQUE(node, division, section, epoch, n, reason));

    -- A ledger's own row numbers and what was last imported, known to this store only.
    CREATE TABLE imported(
      space INTEGER NOT NULL, identity BLOB NOT NULL, record BLOB NOT NULL, content BLOB NOT NULL,
      places BLOB NOT NULL,        -- arrival and position of every mutation that an import made of it
      PRIMARY KEY(space, identity)) WITHOUT ROWID;
    """
}
