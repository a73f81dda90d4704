internal import Foundation
internal import GRDB

/// Whether every value is one that its column may hold. SQLite takes any value in any column, and what reads a row takes
/// it for granted that it is what was written there: one flipped bit makes nothing of a number.
struct ColumnCheck {
  struct Misfit: Hashable {
    var table: String
    var column: String
  }

  /// Tables that are made anew from the logs, whatever they hold (`Commit.rebuild`).
  static let derived: Set<String> = [
    "records", "states", "touches", "awaited", "conflicts", "unique_values", "pairs", "statements",
    "postings",
    "segments", "search_days", "unindexed", "attachments", "redacting",
  ]

  /// Whole numbers that are read into less than 64 bits, or as counts, by their columns.
  private static let ranges: [String: ClosedRange<Int64>] = [
    "branches.n": 0...Int64.max, "branches.base_n": 0...Int64.max, "branches.withdrawn": 0...2,
    "changes.n": 1...Int64.max, "statements.type": 0...Int64.max, "statements.position": 0...Int64.max,
    "records.position": 0...Int64.max, "conflicts.reason": 0...Int64(UInt8.max),
    "pairs.cell": 0...Int64(UInt32.max), "spaces.section": 0...Int64(UInt8.max),
    "awaited.n": 0...Int64.max, "redactions.section": 0...Int64(UInt8.max), "redactions.n": 0...Int64.max,
    "receipts.n": 0...Int64.max, "attachments.bytes": 0...Int64.max, "missing.bytes": 0...Int64.max,
    "quarantine.section": 0...Int64(UInt8.max), "quarantine.n": 0...Int64.max,
    "losses.section": 0...Int64(UInt8.max), "losses.n": 0...Int64.max, "losses.held": 0...Int64.max,
  ]

  private let db: Database

  init(_ db: Database) { self.db = db }

  /// The columns that hold what they may not.
  func misfits() throws -> [Misfit] {
    try ColumnCheck.tables(of: db).flatMap { table -> [Misfit] in
      let tests = try tests(of: table)
      guard !tests.isEmpty else { return [] }
      let each = tests.map { "max(\($0.condition))" }.joined(separator: ", ")
      let row = try Row.fetchOne(db, sql: "SELECT \(each) FROM \"\(table)\"")
      return tests.indices.filter { row?[$0] == 1 }.map { Misfit(table: table, column: tests[$0].column) }
    }
  }

  /// Removes the rows of derived tables that hold what they may not: what is missing is made anew.
  func removeDerived() throws {
    for table in ColumnCheck.derived.sorted() {
      let tests = try tests(of: table).map(\.condition)
      guard !tests.isEmpty else { continue }
      try db.execute(sql: "DELETE FROM \"\(table)\" WHERE \(tests.joined(separator: " OR "))")
    }
  }

  static func tables(of db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
  }

  /// For each column when it does not hold what it may.
  func tests(of table: String) throws -> [(column: String, condition: String)] {
    try Row.fetchAll(
      db, sql: "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?)", arguments: [table]
    )
    .compactMap { row -> (column: String, condition: String)? in
      let (name, type): (String, String) = (row[0], row[1])
      guard ["INTEGER", "TEXT", "BLOB"].contains(type) else { return nil }
      var condition = "typeof(\"\(name)\") <> '\(type.lowercased())'"
      if let range = ColumnCheck.ranges["\(table).\(name)"] {
        condition =
          "(\(condition) OR \"\(name)\" NOT BETWEEN \(range.lowerBound) AND \(range.upperBound))"
      }
      let mayBeNull = (row[2] as Int) == 0 && (row[3] as Int) == 0
      return (name, mayBeNull ? "(\"\(name)\" IS NOT NULL AND \(condition))" : condition)
    }
  }
}

extension Snapshot {
  /// Looks whether the file's pages and indexes are as they should be, and whether its columns hold what they may.
  ///
  /// - Returns: whether its rows can be read at all: else nothing more can be examined.
  public func verifyFile(_ report: inout Verification) throws -> Bool {
    let misfits = try ColumnCheck(db).misfits()
    for misfit in misfits {
      report.noteUnsound("\(misfit.table).\(misfit.column)")
    }
    // Its indexes as well: a row that is missing in one is not found.
    if misfits.isEmpty, let text = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)"), text != "ok" {
      report.noteUnsound(text)
    }
    return misfits.isEmpty
  }
}
