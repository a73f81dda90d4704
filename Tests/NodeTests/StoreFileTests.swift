import Campaign
import Foundation
import GRDB
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

@Suite struct StoreFileTests {
  /// Two commands at once never give two changes the same number, and both last.
  @Test func writersOfOneStoreTakeTurns() async throws {
    let offices = try TestOffices()
    let first = try offices.enrolled("540100", "拉萨市局")
    let second = try LocalNode(opening: first.store.folder)
    await withTaskGroup(of: Void.self) { group in
      for node in [first, second] {
        group.addTask { for number in 0..<25 { _ = try? node.addTraining("第\(number)") } }
      }
    }
    #expect(try first.store.read { try $0.recordCount() } == 50)
    #expect(try first.verify().problems.isEmpty)
  }

  @Test func aFileThatIsNoStoreIsRefused() throws {
    let folder = TemporaryFolder()
    try Data("no database at all, but long enough to be looked at".utf8).write(
      to: URL(fileURLWithPath: folder.path + "/store.sqlite"))
    #expect(throws: StoreError.notAStore(path: folder.path)) { try Store(opening: folder.path) }
    #expect(throws: StoreError.noStore(path: "/nowhere")) { try Store(opening: "/nowhere") }
  }

  /// A number of steps that this program never writes, in a file that looks like one of its stores or like nothing.
  @Test func aFileOfOtherStepsIsRefused() throws {
    let folder = TemporaryFolder()
    func make(_ name: String, _ sql: String) throws -> String {
      let path = folder.path + "/" + name
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try DatabaseQueue(path: path + "/store.sqlite").writeWithoutTransaction { try $0.execute(sql: sql) }
      return path
    }
    let ours = "PRAGMA application_id = 1415184385;"
    for (name, sql) in [
      ("beyond", "PRAGMA user_version = 99"), ("below", "PRAGMA user_version = -1"),
      ("ours-below", ours + "PRAGMA user_version = -1"), ("ours-none", ours + "PRAGMA user_version = 0"),
    ] {
      let path = try make(name, sql)
      #expect(throws: StoreError.notAStore(path: path), "\(name)") { try Store(opening: path) }
      #expect(throws: StoreError.notAStore(path: path), "\(name)") { try Store(reading: path) }
    }
    let newer = try make("newer", ours + "PRAGMA user_version = 99")
    #expect {
      try Store(opening: newer)
    } throws: {
      if case StoreError.newerSchema(99, _) = $0 { true } else { false }
    }
  }

  /// Invariant 2: a backup alone makes a working store again, under an epoch of its own.
  @Test func invariant2ABackupRestoresEverything() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let id = try office.addTraining("备份之前")
    let folder = TemporaryFolder()
    _ = try office.backup(to: folder.path + "/b")
    let restored = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/restored")
    #expect(try restored.field(id, "title") == .single(.text("备份之前")))
    #expect(try restored.fingerprint(of: "540100") == office.fingerprint(of: "540100"))
    try restored.addTraining("恢复之后")
    #expect(try restored.verify().problems.isEmpty)
    #expect(try restored.store.read { try $0.logCount() } == office.store.read { try $0.logCount() } + 1)
  }

  /// Invariant 6: a flipped bit anywhere in a body is found, and said where.
  @Test func invariant6VerifyFindsAFlippedBitAnywhere() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let id = try office.addTraining("不可改")
    _ = try office.edit(id, operations: [.set("title", to: "改")], operatorName: "")
    #expect(try office.verify().problems.isEmpty)
    let file = try DatabaseQueue(path: office.store.folder + "/store.sqlite")
    for arrival in 1...2 {
      let body = try #require(
        try file.read { try Data.fetchOne($0, sql: "SELECT body FROM changes WHERE arrival = \(arrival)") })
      for place in 0..<body.count * 8 where place % 7 == 0 {
        var flipped = body
        flipped[place / 8] ^= 1 << (place % 8)
        try file.write { db in
          try db.execute(
            sql: "UPDATE changes SET body = ? WHERE arrival = ?", arguments: [flipped, arrival])
        }
        #expect(try office.verify().problems.contains { $0.n == arrival }, "bit \(place) of \(arrival)")
      }
      try file.write { db in
        try db.execute(sql: "UPDATE changes SET body = ? WHERE arrival = ?", arguments: [body, arrival])
      }
    }
    #expect(try office.verify().problems.isEmpty)
  }

  /// Invariant 6: what is kept beside the bodies and derived from them is held against them.
  @Test func invariant6VerifyFindsWhatDoesNotFitTheLogs() throws {
    let offices = try TestOffices()
    let region = offices.region
    _ = try offices.enrolled("540100", "拉萨市局")
    let id = try region.addTraining("一")
    _ = try region.edit(id, operations: [.set("title", to: "二")], operatorName: "")
    #expect(try region.verify().problems.isEmpty)
    let path = region.store.folder + "/store.sqlite"
    let saved = region.store.folder + "/saved.sqlite"
    try DatabaseQueue(path: path).backup(to: DatabaseQueue(path: saved))
    let wrongs = [
      ("UPDATE spaces SET digest = zeroblob(32)", "digest-mismatch"),
      ("UPDATE spaces SET state_sum = zeroblob(32)", "state-sum-mismatch"),
      ("UPDATE statements SET payload = x'00'", "statement-mismatch"),
      ("DELETE FROM statements", "statement-mismatch"),
      ("UPDATE changes SET running = zeroblob(16) WHERE arrival = 1", "running-mismatch"),
      ("UPDATE changes SET signature = NULL", "unsigned"),
      ("UPDATE changes SET time = time + 1", "time-mismatch"),
      ("UPDATE changes SET branch = 99 WHERE arrival = 2", "no-branch"),
      ("UPDATE branches SET n = n + 1", "log-cut"),
      ("UPDATE branches SET hash = zeroblob(32)", "head-mismatch"),
      ("UPDATE records SET kind = 'case'", "column-mismatch"),
      ("UPDATE records SET date = date + 1", "column-mismatch"),
      ("UPDATE states SET state = zeroblob(0)", "unreadable-record"),
      ("DELETE FROM states", "state-mismatch"),
      ("UPDATE offices SET name = '冒名'", "office-mismatch"),
    ]
    for (sql, problem) in wrongs {
      try DatabaseQueue(path: path).write { db in try db.execute(sql: sql) }
      let found = try region.verify().problems.map(\.problem)
      #expect(found.contains { $0.hasPrefix(problem) }, "\(sql): \(found)")
      try DatabaseQueue(path: saved).backup(to: DatabaseQueue(path: path))
    }
    #expect(try region.verify().problems.isEmpty)
  }
}
