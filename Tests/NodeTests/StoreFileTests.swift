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
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
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
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    _ = try office.backup(to: folder.path + "/b")
    let restored = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/restored")
    #expect(try restored.field(id, "title") == .single(.text("备份之前")))
    #expect(try restored.fingerprint(of: "540100") == office.fingerprint(of: "540100"))
    try restored.addTraining("恢复之后")
    #expect(try restored.verify().problems.isEmpty)
    #expect(try restored.store.read { try $0.logCount() } == office.store.read { try $0.logCount() } + 1)
  }

  /// Invariant 6: a flipped bit anywhere in a body is found, and said where.
  @Test func invariant6VerifyFindsAFlippedBit() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    try office.addTraining("不可改")
    let path = office.store.folder + "/store.sqlite"
    try DatabaseFile.flipLastBit(ofBodyAt: 1, in: path)
    let report = try office.verify()
    #expect(report.problems.contains { $0.n == 1 })
  }
}

/// Reaches past the store into its file, as a failing disk or an intruder would.
enum DatabaseFile {
  static func flipLastBit(ofBodyAt arrival: Int64, in path: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { db in
      guard
        var body = try Data.fetchOne(
          db, sql: "SELECT body FROM changes WHERE arrival = ?", arguments: [arrival])
      else { return }
      body[body.count - 1] ^= 1
      try db.execute(sql: "UPDATE changes SET body = ? WHERE arrival = ?", arguments: [body, arrival])
    }
  }
}
