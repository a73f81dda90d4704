internal import GRDB

/// Which tables there are, with their columns and what must be unique in them: all that a reader of rows relies on.
/// How a table's text is spaced, and what it says in comments, differs between stores of one step.
struct SchemaShape: Equatable {
  struct Column: Equatable {
    var name: String
    var type: String
    var mayBeNull: Bool
    /// Its place in the primary key, from 1; 0 where it is not in it.
    var keyPlace: Int
  }

  struct Table: Equatable {
    var columns: [Column]
    /// The columns of each unique index, the primary key's among them.
    var unique: Set<[String]>
  }

  private(set) var tables: [String: Table] = [:]

  /// The tables of a database.
  init(of db: Database) throws {
    let names = try String.fetchAll(
      db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for name in names { tables[name] = try SchemaShape.table(name, db) }
  }

  /// The tables of every store of a step, from 1 on.
  init(step: Int) throws {
    let empty = try DatabaseQueue()
    self = try empty.write { db in
      for sql in Schema.steps[..<step] { try db.execute(sql: sql) }
      return try SchemaShape(of: db)
    }
    try empty.close()
  }

  private static func table(_ name: String, _ db: Database) throws -> Table {
    let columns = try Row.fetchAll(
      db, sql: "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?) ORDER BY cid", arguments: [name]
    ).map { Column(name: $0[0], type: $0[1], mayBeNull: !($0[2] as Bool), keyPlace: $0[3]) }
    // A partial index says nothing of the rows that it leaves out.
    let indexes = try String.fetchAll(
      db, sql: "SELECT name FROM pragma_index_list(?) WHERE \"unique\" AND NOT partial", arguments: [name])
    let unique = try indexes.map { index in
      try String.fetchAll(
        db, sql: "SELECT coalesce(name, '') FROM pragma_index_info(?) ORDER BY seqno", arguments: [index])
    }
    return Table(columns: columns, unique: Set(unique))
  }
}
