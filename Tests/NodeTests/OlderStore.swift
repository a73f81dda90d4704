import Foundation
import GRDB

@testable import Store

enum OlderStore {
  /// Makes of a store one of an earlier step: the tables of that step, with what they had then.
  static func putBack(_ folder: String, to step: Int) throws {
    let path = folder + "/store.sqlite"
    let old = try DatabaseQueue(path: folder + "/old.sqlite")
    try old.writeWithoutTransaction { db in
      for sql in Schema.steps[..<step] { try db.execute(sql: sql) }
      try db.execute(sql: "ATTACH ? AS now", arguments: [path])
      let tables = try String.fetchAll(db, sql: "SELECT name FROM main.sqlite_schema WHERE type = 'table'")
      for table in tables {
        let columns = try ["main", "now"].map {
          try Set(
            String.fetchAll(db, sql: "SELECT name FROM pragma_table_info(?, ?)", arguments: [table, $0]))
        }
        let shared = columns[0].intersection(columns[1]).sorted().joined(separator: ", ")
        guard !shared.isEmpty else { continue }
        try db.execute(sql: "INSERT INTO main.\(table)(\(shared)) SELECT \(shared) FROM now.\(table)")
      }
      if step < 4 {
        try db.execute(
          sql: "UPDATE main.records SET state = (SELECT state FROM now.states WHERE record = key)")
      }
      try db.execute(
        sql: """
          UPDATE main.postings SET records = x'01010101';
          DETACH now;
          PRAGMA user_version = \(step);
          PRAGMA application_id = \(Schema.applicationID);
          """)
    }
    try old.close()
    for file in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + file) }
    try FileManager.default.moveItem(atPath: folder + "/old.sqlite", toPath: path)
  }
}
