internal import Foundation
internal import GRDB
internal import GRDBSQLite

extension Store {
  /// How long one value of a store from elsewhere may be, and one of its rows: far more than any that this program wrote.
  static let foreignValueBytes = 64 << 20

  /// Opens a disarmed copy of a store from elsewhere. Of its rows those are read alone whose values are such as their
  /// columns may hold, and none is believed to be of any length.
  public convenience init(openingCopy folder: String) throws {
    _ = try Store.existing(folder)
    try self.init(folder: folder, isForeign: true)
  }

  /// Makes a copy of a file from elsewhere fit to be opened: nothing in it runs when it is read, and nobody's keys stay
  /// in it. One of an older step gets the tables of this one; nothing is derived from its log, and what nobody reads of another
  /// store is made anew, empty: no damage in it keeps the rest from being read.
  ///
  /// - Throws: `newerSchema`; `notAStore` where it is none of this program, has other tables than a store of its step, or
  ///   holds what no store has and what reads or writes it would run: views, triggers, virtual tables, computed columns,
  ///   indexes of expressions, or of some rows under a condition of its own.
  public static func disarm(copyIn folder: String) throws {
    try translating(path: folder) {
      var configuration = Configuration()
      configuration.prepareDatabase {
        $0.limitValues(to: foreignValueBytes)
        // A check that the file brings would run on each row that is written.
        try $0.execute(
          sql: "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON; PRAGMA ignore_check_constraints = ON")
      }
      let queue = try DatabaseQueue(path: folder + "/" + fileName, configuration: configuration)
      try queue.writeWithoutTransaction { db in
        guard try Int64.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID,
          try !db.computesAnything()
        else { throw StoreError.notAStore(path: folder) }
        // Of a newer step nobody here knows the tables.
        let isCurrent = try Schema.isCurrent(db, path: folder)
        // Only a backup holds keys.
        try db.execute(sql: "DROP TABLE IF EXISTS identity")
        guard try db.hasShapeOfItsStep() else { throw StoreError.notAStore(path: folder) }
        guard !isCurrent else { return }
        try db.emptyUnread()
        do {
          _ = try Schema.migrate(db, path: folder, derives: false)
        } catch StoreError.damagedOlder(_, let message) {
          throw StoreError.damaged(message)
        }
      }
      // The last one to close it moves what stands in the write-ahead log.
      try queue.close()
    }
  }
}

extension Database {
  /// Whether the tables are those of every store of the step that the file says it is of.
  fileprivate func hasShapeOfItsStep() throws -> Bool {
    let step = try Int.fetchOne(self, sql: "PRAGMA user_version") ?? 0
    return try SchemaShape(of: self) == SchemaShape(step: step)
  }

  /// What nobody reads of another store, and steps copy or go through: all that is derived but what the log's statements
  /// say, and what only the store itself goes by.
  private static let unread = ColumnCheck.derived.subtracting(["statements", "redacting"]).union([
    "absences", "contents", "erasures", "quarantine", "receipts", "unwanted",
  ])

  /// Makes those tables of its step anew, without looking at what they hold. To drop them would take that each of their pages
  /// can be read; these are left unused.
  fileprivate func emptyUnread() throws {
    let step = try Int.fetchOne(self, sql: "PRAGMA user_version") ?? 0
    let names = Database.unread.sorted().map { "'\($0)'" }.joined(separator: ", ")
    let empty = try DatabaseQueue()
    let made = try empty.write { db in
      for sql in Schema.steps[..<step] { try db.execute(sql: sql) }
      return try String.fetchAll(
        db,
        sql: """
          SELECT sql FROM sqlite_schema WHERE tbl_name IN (\(names)) AND sql IS NOT NULL ORDER BY type = 'index'
          """)
    }
    try empty.close()
    // SQLite, PRAGMA writable_schema: `RESET` ends it, and reads anew what tables there are.
    try execute(sql: "PRAGMA writable_schema = ON")
    try execute(sql: "DELETE FROM sqlite_schema WHERE tbl_name IN (\(names))")
    try execute(sql: "PRAGMA writable_schema = RESET")
    for sql in made { try execute(sql: sql) }
  }

  /// Puts before each table a view of those of its rows that hold what their columns may, for as long as this connection
  /// lasts. To remove the others would take that each can be read; of a damaged file this reads what it can.
  func hideMisfits() throws {
    for table in try ColumnCheck.tables(of: self) {
      let misfits = try ColumnCheck(self).tests(of: table).map(\.condition)
      guard !misfits.isEmpty else { continue }
      try execute(
        sql: """
          CREATE TEMP VIEW \(table) AS SELECT * FROM main.\(table) WHERE NOT (\(misfits.joined(separator: " OR ")))
          """)
    }
  }

  /// SQLite's bound for a value and for a row, in bytes: what goes beyond it is an error, and no memory.
  func limitValues(to bytes: Int) {
    sqlite3_limit(sqliteConnection, SQLITE_LIMIT_LENGTH, Int32(clamping: bytes))
  }

  /// Whether there is anything whose rows are computed when they are read, or whose condition is when they are written.
  func computesAnything() throws -> Bool {
    // A virtual table has no page of its own.
    let isOdd = try Bool.fetchOne(
      self,
      sql: """
        SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type NOT IN ('table', 'index')
          OR type = 'table' AND coalesce(rootpage, 0) = 0)
        """)
    guard isOdd == false else { return true }
    // SQLite, PRAGMA table_xinfo: 2 and 3 are computed columns; PRAGMA index_xinfo: column -2 is an expression.
    let isComputed = try Bool.fetchOne(
      self,
      sql: """
        SELECT EXISTS (
          SELECT 1 FROM sqlite_schema s JOIN pragma_table_xinfo(s.name) c WHERE s.type = 'table' AND c.hidden <> 0
          UNION ALL
          SELECT 1 FROM sqlite_schema s JOIN pragma_index_xinfo(s.name) c WHERE s.type = 'index' AND c.cid = -2)
        """)
    guard isComputed == false else { return true }
    let partial = try partialIndexes()
    return try !partial.isEmpty && !partial.isSubset(of: Schema.partialIndexes())
  }

  /// The texts of the indexes that leave rows out, each without what is between its words.
  func partialIndexes() throws -> Set<String> {
    let texts = try String.fetchAll(
      self,
      sql: """
        SELECT i.sql FROM sqlite_schema t JOIN pragma_index_list(t.name) l JOIN sqlite_schema i ON i.name = l.name
        WHERE t.type = 'table' AND l.partial AND i.sql IS NOT NULL
        """)
    return Set(texts.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") })
  }
}
