import GRDB
import TestSupport
import Testing

@testable import Node
@testable import Store

/// Invariant 2, the half of it that no kill shows: what was reported must survive a power cut. In WAL mode a commit
/// is on the disk when it returns only with `synchronous = FULL` (SQLite, Pragma Statements); NORMAL would lose the
/// last commits and tell nobody.
@Suite struct PowerCutTests {
  private func expectSynced(_ commit: Commit) throws {
    #expect(try String.fetchOne(commit.db, sql: "PRAGMA journal_mode") == "wal")
    #expect(try Int.fetchOne(commit.db, sql: "PRAGMA synchronous") == 2)
  }

  @Test func theStoreTellsSQLiteToWaitForTheDisk() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    try office.store.write { try expectSynced($0) }
    // Opened again, as every command does; and a store that was restored.
    try LocalNode(opening: office.store.folder).store.write { try expectSynced($0) }
    let folder = TemporaryFolder()
    _ = try office.backup(to: folder.path + "/b")
    let restored = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/restored")
    try restored.store.write { try expectSynced($0) }
  }
}
