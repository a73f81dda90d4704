import Foundation
import GRDB
import TestSupport
import Testing

@testable import Node
@testable import Store

/// A record that cannot be read when an older store is brought forward is passed over: the store opens, and what was not
/// derived is found by `doctor` and made good by its repair.
@Suite struct PassedOverTests {
  private let folder = TemporaryFolder()

  /// What the steps were to derive anew: as a program of their time left it.
  private static let stale = [
    // A deletion that nobody disputes, told as disputed.
    "INSERT INTO conflicts SELECT key, 'deleted', \(ConflictReason.deleted.rawValue) FROM records WHERE flags & 1",
    "UPDATE unique_values SET value = x'00'",
  ]

  @Test(arguments: FrozenStore.all.filter { $0.step < Schema.current }, stale)
  func whatAStepPassedOverIsMadeGoodByARepair(frozen: FrozenStore, sql: String) throws {
    let place = folder.path + "/store"
    try frozen.put(store: place)
    let file = try DatabaseQueue(path: place + "/" + Store.fileName)
    try file.writeWithoutTransaction { db in
      try db.execute(sql: sql)
      let records = try Int64.fetchAll(
        db,
        sql:
          "SELECT record FROM conflicts UNION SELECT record FROM unique_values UNION SELECT key FROM records WHERE flags & 1"
      )
      #expect(!records.isEmpty)
      for record in records {
        // Bytes that are no state.
        try db.execute(
          sql: "INSERT INTO states VALUES (?, x'ff') ON CONFLICT DO UPDATE SET state = excluded.state",
          arguments: [record])
      }
    }
    try file.close()
    let node = try LocalNode(opening: place, surroundings: FrozenStore.surroundings)
    #expect(try node.verify().problems.contains { $0.problem == "unreadable-record" })
    #expect(try !node.diagnose(repairs: false).problems.isEmpty)
    let mended = try node.diagnose(repairs: true)
    #expect(mended.problems == [] && !mended.repaired.isEmpty)
    #expect(try FrozenStore.Facts(node) == frozen.facts())
    #expect(try node.verify().problems == [])
  }

  /// Not even pages that are none keep it from being opened, where all that they held is derived.
  @Test(
    arguments: FrozenStore.all.filter { $0.step < Schema.current }, ["records", "conflicts", "unique_values"])
  func aPageOfWhatIsDerivedKeepsNoStoreShut(frozen: FrozenStore, table: String) throws {
    let place = folder.path + "/store"
    try frozen.put(store: place)
    let path = place + "/" + Store.fileName
    let file = try DatabaseQueue(path: path)
    let (page, size) = try file.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      return (
        try #require(
          try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?", arguments: [table])),
        try #require(try Int.fetchOne(db, sql: "PRAGMA page_size"))
      )
    }
    try file.close()
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    try handle.seek(toOffset: UInt64((page - 1) * size))
    try handle.write(contentsOf: Data(repeating: 0xff, count: 16))
    try handle.close()
    let node = try LocalNode(opening: place, surroundings: FrozenStore.surroundings)
    #expect(try !node.diagnose(repairs: false).problems.isEmpty)
  }
}
